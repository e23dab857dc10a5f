#!/usr/bin/env bash
# Ghostery's engine cuts the host of "||bücher.example^" at the umlaut and looks for a host "b".
#
# Date: 2026-11-30. Versions: @ghostery/adblocker 2.18.2 (npm), braveblock 0.5.1 (Python).
#
# Guess: a rule for an internationalized name matches the URL in the form that browsers send, with Punycode
# ("xn--bcher-kva.example"), since that is the only form in which a request can come; or parsing tells that it
# cannot do that.
#
# Seen: the parsed rule has the host "b" and the rest "ücher.example^". It matches neither form of the URL. The
# rule in Punycode works. The library has isUnicode() for such rules, and says false. braveblock matches both
# forms with both rules.
#
# Why it matters: lists for languages beyond ASCII spell names as people read them. The rule counts as loaded.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check braveblock==0.5.1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @ghostery/adblocker@2.18.2

cat > "$dir/ask.mjs" <<'JS'
import { FiltersEngine, NetworkFilter, Request } from '@ghostery/adblocker';

const parsed = NetworkFilter.parse('||bücher.example^');
console.log('ghostery parses: host', parsed.getHostname(), 'rest', parsed.getFilter(), 'unicode', parsed.isUnicode());
for (const rule of ['||bücher.example^', '||xn--bcher-kva.example^']) {
  for (const url of ['https://xn--bcher-kva.example/', 'https://bücher.example/']) {
    const request = Request.fromRawDetails({ url, sourceUrl: 'https://example.org/', type: 'script' });
    console.log('ghostery', rule, url, FiltersEngine.parse(rule).match(request).match);
  }
}
JS
node "$dir/ask.mjs" > "$dir/seen"

"$dir/venv/bin/python" - >> "$dir/seen" <<'PY'
from braveblock import Adblocker

for rule in ("||bücher.example^", "||xn--bcher-kva.example^"):
    for url in ("https://xn--bcher-kva.example/", "https://bücher.example/"):
        engine = Adblocker(rules=[rule])
        print("braveblock", rule, url,
              engine.check_network_urls(url=url, source_url="https://example.org/", request_type="script"))
PY

cat > "$dir/expected" <<'END'
ghostery parses: host b rest ücher.example^ unicode false
ghostery ||bücher.example^ https://xn--bcher-kva.example/ false
ghostery ||bücher.example^ https://bücher.example/ false
ghostery ||xn--bcher-kva.example^ https://xn--bcher-kva.example/ true
ghostery ||xn--bcher-kva.example^ https://bücher.example/ false
braveblock ||bücher.example^ https://xn--bcher-kva.example/ True
braveblock ||bücher.example^ https://bücher.example/ True
braveblock ||xn--bcher-kva.example^ https://xn--bcher-kva.example/ True
braveblock ||xn--bcher-kva.example^ https://bücher.example/ True
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
