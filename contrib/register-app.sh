#!/bin/sh
# Registers the app that clickwarden signs in as, with Azure's command line. What it does, and who may
# run it: register-app.sh --help
set -eu
umask 077

# Microsoft Graph, in every tenant and every cloud.
graph_app=00000003-0000-0000-c000-000000000000
permission=ThreatHunting.Read.All

usage() {
  cat <<'END'
Registers the app that clickwarden signs in as. Needs az (Azure's command line, 2.37 or later), signed in:

  az login --allow-no-subscriptions [--tenant ID]

  register-app.sh [--name NAME | --client-id ID] [--multi-tenant] [--certificate FILE | --out DIR]
  register-app.sh --consent CLIENT_ID
  register-app.sh --managed-identity OBJECT_ID

The first makes the app, its service principal, the permission ThreatHunting.Read.All, a certificate
and admin consent, and prints the lines for clickwarden.toml on stdout. What is there already stays as it
is, so that it can be run again at any time. The second consents to an app of another tenant (a
multi-tenant app), or to one of this tenant that somebody else made. The third gives a managed
identity the permission.

  --name NAME              the app's display name [default: clickwarden]
  --client-id ID           complete this app, by its application (client) ID
  --multi-tenant           other tenants can consent to the app
  --certificate FILE       use this certificate (PEM, without its private key)
  --out DIR                make clickwarden.key and clickwarden.crt there, or use those that are there
                           [default: the current folder]
  --consent CLIENT_ID      give consent only, in the tenant that az is signed in to
  --managed-identity ID    give the permission to the managed identity with this object ID
  --tenant ID              stop unless az is signed in to this tenant (its ID)
  --dry-run                look, and print what would be changed; change nothing
  -h, --help               print this

Roles in Entra: registering takes Application Developer, Cloud Application Administrator or Application
Administrator (in many tenants any user may). Consent, also for a managed identity, takes Privileged
Role Administrator; in a tenant that does not know the app yet, Cloud Application Administrator as
well. Global Administrator may do all of it. Whoever registers without the right to consent gets the
command for the one who has it.

Exit codes: 0 done, 1 failed, 2 usage.
END
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "register-app.sh: $*" && exit 1; }
misused() { say "register-app.sh: $*; see register-app.sh --help" && exit 2; }

quoted() { # quoted ARGUMENT...: as a shell reads it
  for argument in "$@"; do
    case $argument in
    *[!A-Za-z0-9_./=:@,-]* | '') printf " '%s'" "$(printf '%s' "$argument" | sed "s/'/'\\\\''/g")" ;;
    *) printf ' %s' "$argument" ;;
    esac
  done
}

ask() { # ask ARGUMENT...: what az answers, a line for each value
  az "$@" --only-show-errors --output tsv
}

change() { # change WHAT ARGUMENT...: runs az, or says that it would; its answer is in $answer
  what=$1 answer=''
  # Entra shows what was just made everywhere within a minute.
  [ "$made" = yes ] && attempts=12 || attempts=0
  shift
  if [ "$dry_run" = yes ]; then
    say "would $what:"
    say "  az$(quoted "$@")"
    return
  fi
  say "$what"
  until answer=$(az "$@" --only-show-errors --output tsv 2>"$scratch/error"); do
    error=$(cat "$scratch/error")
    case $error in
    *"already exists on the object"*) return ;;
    *Authorization_RequestDenied* | *"nsufficient privileges"*) return 3 ;;
    *"does not exist"* | *"ot found"* | *NotFound* | *NoBackingApplicationObject*) attempts=$((attempts - 1)) ;;
    *) attempts=0 ;;
    esac
    [ "$attempts" -gt 0 ] || fail "could not $what: $error"
    sleep 5
  done
  made=yes
}

options() {
  name=clickwarden client_id='' audience=AzureADMyOrg certificate='' out='' consent='' identity='' tenant='' dry_run=no registers=''
  while [ $# -gt 0 ]; do
    case $1 in
    --multi-tenant) audience=AzureADMultipleOrgs registers=$1 ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage && exit 0 ;;
    --name | --client-id | --certificate | --out | --consent | --managed-identity | --tenant)
      [ $# -gt 1 ] && [ -n "$2" ] || misused "$1 needs a value"
      option "$1" "$2"
      shift
      ;;
    *) misused "$1 is no option" ;;
    esac
    shift
  done
  [ -z "$certificate" ] || [ -z "$out" ] || misused "--certificate and --out exclude each other"
  [ -z "$consent" ] || [ -z "$identity" ] || misused "--consent and --managed-identity exclude each other"
  [ -z "$registers" ] || [ -z "$consent$identity" ] || misused "$registers is for registering only"
  [ "$name" = clickwarden ] || [ -z "$client_id" ] || misused "--name and --client-id exclude each other"
}

option() { # option NAME VALUE
  case $1 in --name | --client-id | --certificate | --out) registers=$1 ;; esac
  case $1 in
  --name) name=$2 ;;
  --certificate) certificate=$2 ;;
  --out) out=$2 ;;
  *)
    printf '%s\n' "$2" | grep -Eqix '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' || misused "$1 takes an ID such as $graph_app"
    case $1 in
    --client-id) client_id=$2 ;;
    --consent) consent=$2 ;;
    --managed-identity) identity=$2 ;;
    --tenant) tenant=$2 ;;
    esac
    ;;
  esac
}

look_around() { # the tenant, its cloud, and Graph's app role there: its ID differs between clouds
  command -v az >/dev/null || fail "az is missing: install Azure's command line (Debian: azure-cli)"
  signed_in=$(ask account show --query '[tenantId, user.name]') ||
    fail "az is not signed in: az login --allow-no-subscriptions${tenant:+ --tenant $tenant}"
  user=$(printf '%s\n' "$signed_in" | sed -n 2p)
  signed_in=$(printf '%s\n' "$signed_in" | sed -n 1p)
  [ -z "$tenant" ] || [ "$(lower "$tenant")" = "$(lower "$signed_in")" ] ||
    fail "az is signed in to $signed_in: az login --allow-no-subscriptions --tenant $tenant"
  tenant=$signed_in
  graph=$(ask cloud show --query endpoints.microsoftGraphResourceId)
  graph=${graph%/}
  case $graph in
  https://graph.microsoft.com) cloud=global ;;
  https://graph.microsoft.us) cloud=gcc-high ;;
  https://dod-graph.microsoft.us) cloud=dod ;;
  *) fail "the cloud of $graph has no hunting" ;;
  esac
  resource=$(ask ad sp show --id "$graph_app" --query id)
  role=$(ask ad sp show --id "$graph_app" --query "appRoles[?value=='$permission'].id")
  [ -n "$role" ] || fail "Microsoft Graph has no $permission in this tenant"
}

lower() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]'; }

find_app() { # the one app of that name; none leaves $client_id empty
  if [ -n "$client_id" ]; then
    found=$(ask ad app list --filter "appId eq '$client_id'" --query '[].appId')
    [ -n "$found" ] || fail "this tenant has no app $client_id"
    return
  fi
  client_id=$(ask ad app list --filter "displayName eq '$(printf '%s' "$name" | sed "s/'/''/g")'" --query '[].appId')
  [ "$(printf '%s\n' "$client_id" | wc -l)" -eq 1 ] ||
    fail "more than one app is called $name; say which with --client-id: $(printf '%s' "$client_id" | tr '\n' ' ')"
}

app() { # $fresh: made just now, so that nothing of it need be looked up
  find_app
  if [ -z "$client_id" ]; then
    fresh=yes
    change "register the app $name" ad app create --display-name "$name" --sign-in-audience "$audience" --query appId ||
      fail "registering takes the role Cloud Application Administrator: $error"
    client_id=${answer:-CLIENT_ID}
    return
  fi
  say "the app $name is $client_id"
  [ "$audience" = AzureADMultipleOrgs ] || return 0
  is=$(ask ad app show --id "$client_id" --query signInAudience)
  case $is in
  AzureADMyOrg) change "let other tenants use the app" ad app update --id "$client_id" --sign-in-audience "$audience" || denied ;;
  esac
}

denied() { fail "changing the app takes its owner, or the role Cloud Application Administrator: $error"; }

permit() { # the permission that the app asks for
  wanted=''
  [ "$fresh" = yes ] || wanted=$(ask ad app show --id "$client_id" --query 'requiredResourceAccess[].resourceAccess[].id')
  case $wanted in
  *"$role"*) ;;
  *)
    change "ask for $permission" \
      ad app permission add --id "$client_id" --api "$graph_app" --api-permissions "$role=Role" || denied
    ;;
  esac
}

make_certificate() { # a key and a certificate in $out, unless they are there
  key=${out:-.}/clickwarden.key certificate=${out:-.}/clickwarden.crt
  if [ -e "$key" ] && [ -e "$certificate" ]; then
    say "using $certificate"
    return
  fi
  [ ! -e "$key" ] && [ ! -e "$certificate" ] || fail "one of $key and $certificate is there without the other: remove it"
  if [ "$dry_run" = yes ]; then
    say "would make $key and $certificate"
    return
  fi
  say "make $key and $certificate"
  [ -d "${out:-.}" ] || fail "there is no folder $out"
  openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=clickwarden \
    -keyout "$scratch/key" -out "$scratch/crt" 2>"$scratch/error" || fail "openssl: $(cat "$scratch/error")"
  chmod 644 "$scratch/crt"
  cp -p "$scratch/key" "$key.new"
  cp -p "$scratch/crt" "$certificate.new"
  mv "$key.new" "$key"
  mv "$certificate.new" "$certificate"
}

certify() { # the certificate, unless the app has it: by its thumbprint, in hex or base64
  [ -n "$certificate" ] || make_certificate
  if [ "$dry_run" = no ] || [ -e "$certificate" ]; then
    openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null 2>&1 ||
      fail "$certificate is no certificate (PEM), or has expired"
    ! grep -q 'PRIVATE KEY' "$certificate" || fail "$certificate holds a private key: give the certificate alone"
    hex=$(openssl x509 -in "$certificate" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')
    base64=$(openssl x509 -in "$certificate" -outform DER | openssl dgst -sha1 -binary | openssl base64)
    known=''
    [ "$fresh" = yes ] || known=$(ask ad app credential list --id "$client_id" --cert --query '[].customKeyIdentifier')
    if printf '%s\n' "$known" | grep -Fqx -e "$base64" || printf '%s\n' "$known" | grep -Fqix -e "$hex"; then
      return
    fi
  fi
  # az cuts those years at the certificate's end; without them it would be refused after one.
  change "add the certificate" \
    ad app credential reset --id "$client_id" --cert "@$certificate" --years 99 --append --query appId || denied
}

principal() { # the app's service principal, made where it is missing; its object ID is in $principal
  [ "$fresh" = yes ] || principal=$(ask ad sp list --filter "appId eq '$client_id'" --query '[].id')
  [ -z "$principal" ] || return 0
  fresh_principal=yes
  change "make the app's service principal" ad sp create --id "$client_id" --query id ||
    fail "that takes the role Cloud Application Administrator: $error"
  principal=${answer:-OBJECT_ID}
}

assign() { # admin consent to the one permission: Graph's app role, assigned to $principal
  assignments="$graph/v1.0/servicePrincipals/$principal/appRoleAssignments"
  if [ "$fresh_principal" = no ]; then
    has=$(ask rest --method get --url "$assignments" --query "value[?appRoleId=='$role'].id") || fail 'could not see what it is assigned'
    [ -z "$has" ] || return 0
  fi
  change "consent to $permission" rest --method post --url "$assignments" \
    --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$role\"}"
}

print_lines() { # what clickwarden.toml needs
  [ "$dry_run" = no ] || return 0
  label=$(lower "$user" | sed -n 's/.*@\([a-z0-9-]*\).*/\1/p')
  tenant_lines="[[tenant]]
name = \"${label:-main}\"
tenant_id = \"$tenant\""
  [ "$cloud" = global ] || tenant_lines="$tenant_lines
cloud = \"$cloud\""
  credential="client_id = \"$client_id\"
certificate_file = \"$(basename "$certificate")\"
private_key_file = \"$(basename "${key:-${certificate%.*}.key}")\""
  if [ "$audience" = AzureADMultipleOrgs ]; then
    printf '[app]\n%s\n\n%s\n' "$credential" "$tenant_lines"
  else
    printf '%s\n%s\n' "$tenant_lines" "$credential"
  fi
}

register() {
  app
  principal
  permit
  certify
  print_lines
  assign || fail "everything but consent is done; it takes the role Privileged Role Administrator, who runs
  register-app.sh --consent $client_id"
  if [ "$audience" = AzureADMultipleOrgs ]; then
    say "each further tenant consents, signed in there: register-app.sh --consent $client_id"
  fi
}

options "$@"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
look_around
made=no fresh=no fresh_principal=no principal=''
if [ -n "$identity" ]; then
  principal=$identity
  assign || fail "that takes the role Privileged Role Administrator: $error"
elif [ -n "$consent" ]; then
  client_id=$consent
  principal
  assign || fail "that takes the role Privileged Role Administrator: $error"
else
  register
fi
[ "$dry_run" = yes ] || say "done; a new permission can take some minutes to be in force"
