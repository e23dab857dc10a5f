#!/usr/bin/env bash
# antisafelinks unwraps Safe Links in mails of one region (eur03) only, and old links with the wrong end.
#
# Date: 2026-11-30. Versions: antisafelinks 1.1.1 (Python).
#
# Safe Links of Microsoft rewrites https://example.com/ to
# https://REGION.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2F&data=...; REGION depends on
# where the tenant is. antisafelinks puts the original links back into a text, a mail or a Maildir.
#
# Guess: the function for one link and those for texts and mails know the same links, of every region, with each
# form of "data" that Microsoft has used ("04|01|..." some years ago, "05|02|..." today).
#
# Seen: recover_link() reads links of every region; recover_links_in_text() and has_safelinks() look for "eur03" and
# leave all others as they are, without a word. A link with "data=04" comes out with Microsoft's own parameters
# still behind it, less the last character.
#
# Why it matters: a mailbox outside of that region is "cleaned" and nothing has changed. An archive of some years
# gives URLs that were in no mail, and that match no list of indicators.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check antisafelinks==1.1.1

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
from antisafelinks import has_safelinks, recover_link, recover_links_in_text


def wrapped(region, data):
    return (f"https://{region}.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fa"
            f"&data={data}%7C01%7C&sdata=x%3D&reserved=0")


for region in ("eur03", "eur01", "nam10", "gcc02"):
    link = wrapped(region, "05")
    text = recover_links_in_text(f"See {link} now.")
    print(region, "one link:", recover_link(link), "| found in a text:", has_safelinks(link),
          "| text unwrapped:", text == "See https://example.com/a now.")
print("data=04:", recover_link(wrapped("eur03", "04")))
PY

cat > "$dir/expected" <<'END'
eur03 one link: https://example.com/a | found in a text: True | text unwrapped: True
eur01 one link: https://example.com/a | found in a text: False | text unwrapped: False
nam10 one link: https://example.com/a | found in a text: False | text unwrapped: False
gcc02 one link: https://example.com/a | found in a text: False | text unwrapped: False
data=04: https://example.com/a&data=04|01|&sdata=x=&reserved=
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
