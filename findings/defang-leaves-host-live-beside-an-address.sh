#!/usr/bin/env bash
# defang leaves the host of a URL as it is when the query holds a mail address; its npm peer leaves
# hosts in capitals.
#
# Date: 2026-11-30. Versions: defang 0.5.3 (Python), fanger 0.3.1 and defang-refang 0.0.5 (npm).
#
# Defanging writes "example[.]com" for "example.com", so that no program makes a link of it.
#
# Guess: whatever else a URL holds, its host is defanged; host names have no case, so "Example.COM" is
# treated as "example.com". defang's README promises to "defang and refang malicious URLs".
#
# Seen: defang takes the last name behind an "@" for the host: the bracket goes into the query, and
# "example.com" in front of it stays whole. The same URL without the address comes out right. An IPv6
# host makes it leave even the scheme. fanger, of the same purpose, knows endings in small letters
# only: "HTTP://Example.COM/" becomes "hxxp://Example.COM/". defang-refang makes no link of any of the four.
#
# Why it matters: links in phishing mails carry the victim's address in the query. A chat or mail
# client recognizes a bare "example.com" as a link again, which is what defanging was to prevent.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check defang==0.5.3
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" fanger@0.3.1 defang-refang@0.0.5

cat > "$dir/urls" <<'END_OF_URLS'
https://example.com/login?to=ann
https://example.com/login?to=ann@example.org
http://[2001:db8::1]/x
HTTP://Example.COM/
END_OF_URLS

"$dir/venv/bin/python" - "$dir/urls" > "$dir/seen" <<'PY'
import sys

from defang import defang

for url in open(sys.argv[1]).read().split():
    print("defang", url, "->", defang(url))
PY

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import * as fanger from 'fanger';
import refang from 'defang-refang';

const other = refang.default ?? refang;
for (const url of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  console.log('fanger', url, '->', fanger.defang(url));
  console.log('defang-refang', url, '->', other.defang(url));
}
JS
node "$dir/ask.mjs" "$dir/urls" >> "$dir/seen"

cat > "$dir/expected" <<'END'
defang https://example.com/login?to=ann -> hXXps://example[.]com/login?to=ann
defang https://example.com/login?to=ann@example.org -> hXXps://example.com/login?to=ann@example[.]org
defang http://[2001:db8::1]/x -> http://[2001:db8::1]/x
defang HTTP://Example.COM/ -> hXXp://Example[.]COM/
fanger https://example.com/login?to=ann -> hxxps://example[.]com/login?to=ann
defang-refang https://example.com/login?to=ann -> hXXps://example[.]com/login?to=ann
fanger https://example.com/login?to=ann@example.org -> hxxps://example[.]com/login?to=ann@example[.]org
defang-refang https://example.com/login?to=ann@example.org -> hXXps://example[.]com/login?to=ann[at]example[.]org
fanger http://[2001:db8::1]/x -> hxxp://[2001:db8::1]/x
defang-refang http://[2001:db8::1]/x -> hXXp://[2001:db8::1]/x
fanger HTTP://Example.COM/ -> hxxp://Example.COM/
defang-refang HTTP://Example.COM/ -> HTTP://Example[.]COM/
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
