"""Stands in for Azure's az: answers from a directory in a file, and records every call.

AZ_DIRECTORY names the file: {"tenant", "user", "graph", "apps": [...], "principals": [...]}, and what goes
wrong there: "refused", the calls that take a role which the user lacks (by how they begin), and "lag", how
many calls are still answered as if what was made last were not there. AZ_CALLS names a file that gets
every call, a JSON list of arguments a line. Queries are JMESPath, evaluated by its reference library.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import ssl
import sys
import uuid

import jmespath

GRAPH = "00000003-0000-0000-c000-000000000000"


def fail(message, code=1):
    print(f"ERROR: {message}", file=sys.stderr)
    sys.exit(code)


def the(kind, key, value):
    found = next((entry for entry in directory[kind] if entry[key] == value), None)
    return found or fail(f"Resource '{value}' does not exist or one of its queried reference-property objects are not present.")


def listed(kind, wanted):
    key, value = re.fullmatch(r"(\w+) eq '((?:[^']|'')*)'", wanted).groups()
    return [entry for entry in directory[kind] if entry[key] == value.replace("''", "'")]


def create_app(asked):
    app = {
        "id": str(uuid.uuid4()),
        "appId": str(uuid.uuid4()),
        "displayName": asked.display_name,
        "signInAudience": asked.sign_in_audience,
        "requiredResourceAccess": [],
        "keyCredentials": [],
    }
    directory["apps"].append(app)
    return app


def create_principal(asked):
    if asked.id not in [app["appId"] for app in directory["apps"] + directory.get("elsewhere", [])]:
        fail(f"The appId '{asked.id}' of the service principal does not reference a valid application object.")
    principal = {"id": str(uuid.uuid4()), "appId": asked.id, "appRoles": [], "assigned": []}
    directory["principals"].append(principal)
    return principal


def update_app(asked):
    the("apps", "appId", asked.id)["signInAudience"] = asked.sign_in_audience


def add_permission(asked):
    role, kind = asked.api_permissions.split("=")
    access = {"resourceAppId": asked.api, "resourceAccess": [{"id": role, "type": kind}]}
    the("apps", "appId", asked.id)["requiredResourceAccess"].append(access)


def add_certificate(asked):
    app = the("apps", "appId", asked.id)
    with open(asked.cert.removeprefix("@")) as file:
        thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(file.read())).digest()
    shown = base64.b64encode(thumbprint).decode() if directory.get("base64") else thumbprint.hex().upper()
    kept = app["keyCredentials"] if asked.append else []
    app["keyCredentials"] = [*kept, {"customKeyIdentifier": shown, "years": asked.years}]
    return {"appId": asked.id, "password": None}


def rest(asked):
    start = f"{directory['graph'].rstrip('/')}/v1.0/servicePrincipals/"
    principal, end = asked.url.removeprefix(start).split("/")
    assert asked.url.startswith(start) and end == "appRoleAssignments", asked.url
    assigned = the("principals", "id", principal)["assigned"]
    if asked.method == "get":
        return {"value": assigned}
    body = json.loads(asked.body)
    assert set(body) == {"principalId", "resourceId", "appRoleId"} and body["principalId"] == principal, body
    if any(entry["appRoleId"] == body["appRoleId"] for entry in assigned):
        fail("Bad Request: Permission being assigned already exists on the object")
    assigned.append({"id": str(uuid.uuid4()), **body})
    return assigned[-1]


COMMANDS = {
    "account show": ([], lambda asked: {"tenantId": directory["tenant"], "user": {"name": directory["user"]}}),
    "cloud show": ([], lambda asked: {"endpoints": {"microsoftGraphResourceId": directory["graph"]}}),
    "ad app list": (["filter"], lambda asked: listed("apps", asked.filter)),
    "ad app show": (["id"], lambda asked: the("apps", "appId", asked.id)),
    "ad app create": (["display-name", "sign-in-audience"], create_app),
    "ad app update": (["id", "sign-in-audience"], update_app),
    "ad app permission add": (["id", "api", "api-permissions"], add_permission),
    "ad app credential list": (["id", "cert!"], lambda asked: the("apps", "appId", asked.id)["keyCredentials"]),
    "ad app credential reset": (["id", "cert", "years", "append!"], add_certificate),
    "ad sp list": (["filter"], lambda asked: listed("principals", asked.filter)),
    "ad sp show": (["id"], lambda asked: the("principals", "appId", asked.id)),
    "ad sp create": (["id"], create_principal),
    "rest": (["method", "url", "body?"], rest),
}


def parsed(call):
    name = next((name for name in COMMANDS if call[: len(name.split())] == name.split()), None)
    name or fail(f"'{' '.join(call)}' is misspelled or not recognized by the system.", 2)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for option in COMMANDS[name][0] + ["query?", "output?", "only-show-errors!"]:
        if option.endswith("!"):
            parser.add_argument(f"--{option[:-1]}", action="store_true")
        else:
            parser.add_argument(f"--{option.rstrip('?')}", required=not option.endswith("?"))
    return name, parser.parse_args(call[len(name.split()) :])


def changes(name, asked):
    return name.split()[-1] in ("create", "update", "add", "reset") or getattr(asked, "method", "") == "post"


def tsv(answer):
    lines = answer if isinstance(answer, list) else [answer]
    for line in lines:
        print("" if line is None else line if isinstance(line, str) else json.dumps(line))


def main():
    with open(os.environ["AZ_CALLS"], "a") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    name, asked = parsed(sys.argv[1:])
    if not directory["tenant"]:
        fail("Please run 'az login' to setup account.")
    if any(" ".join(sys.argv[1:]).startswith(refused) for refused in directory.get("refused", [])):
        fail("Forbidden: Authorization_RequestDenied: Insufficient privileges to complete the operation.")
    if changes(name, asked) and name != "ad app create" and directory.get("lag", 0) > 0:
        directory["lag"] -= 1
        answer, failed = None, "Resource does not exist or one of its queried reference-property objects are not present."
    else:
        answer, failed = COMMANDS[name][1](asked), None
    with open(os.environ["AZ_DIRECTORY"], "w") as file:
        json.dump(directory, file)
    if failed:
        fail(failed)
    if asked.query:
        answer = jmespath.search(asked.query, answer)
    if answer is not None:
        tsv(answer) if asked.output == "tsv" else print(json.dumps(answer))


with open(os.environ["AZ_DIRECTORY"]) as file:
    directory = json.load(file)
main()
