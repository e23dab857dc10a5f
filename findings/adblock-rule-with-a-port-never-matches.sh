#!/usr/bin/env bash
# In braveblock a rule "||host:8080^" matches nothing; two other engines find the URL with that port.
#
# Date: 2026-11-30. Versions: braveblock 0.5.1, adblockparser 0.7 (Python), @ghostery/adblocker 2.18.2 (npm).
#
# Blocklists in the syntax of Adblock Plus name malware hosts as "||192.0.2.1:8080^". In that syntax "||" stands
# for the beginning of a host, and "^" for a separator or the end; the text between them is matched as it is.
#
# Guess: the rule matches http://192.0.2.1:8080/bin, whatever the engine.
#
# Seen: braveblock (Python's way to Brave's engine) says no to any rule of "||" with a port, of names and of
# addresses, with a path and without; it raises nothing. Without "||", or without the port, the rule works.
#
# Why it matters: hosts that spread malware on odd ports are listed with their port, so that the rest of a shared
# address stays usable. Those lines load without a complaint, and do nothing.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check braveblock==0.5.1 adblockparser==0.7
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @ghostery/adblocker@2.18.2

cat > "$dir/cases" <<'END_OF_CASES'
||192.0.2.1^ http://192.0.2.1:8080/bin
||192.0.2.1:8080^ http://192.0.2.1:8080/bin
||example.com:8080^ http://example.com:8080/bin
||example.com:8080/bin http://example.com:8080/bin
|http://example.com:8080^ http://example.com:8080/bin
END_OF_CASES

"$dir/venv/bin/python" -W ignore - "$dir/cases" > "$dir/answers" <<'PY'
import sys

from adblockparser import AdblockRules
from braveblock import Adblocker

for line in open(sys.argv[1]).read().strip().split("\n"):
    rule, url = line.split()
    brave = Adblocker(rules=[rule]).check_network_urls(url=url, source_url="https://example.org/", request_type="script")
    print(line, "| braveblock", brave)
    print(line, "| adblockparser", AdblockRules([rule]).should_block(url, {"script": True, "third-party": True}))
PY

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { FiltersEngine, Request } from '@ghostery/adblocker';

for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [rule, url] = line.split(' ');
  const request = Request.fromRawDetails({ url, sourceUrl: 'https://example.org/', type: 'script' });
  console.log(line, '| ghostery', FiltersEngine.parse(rule).match(request).match ? 'True' : 'False');
}
JS
node "$dir/ask.mjs" "$dir/cases" >> "$dir/answers"
LC_ALL=C sort "$dir/answers" > "$dir/seen"

cat > "$dir/expected" <<'END'
|http://example.com:8080^ http://example.com:8080/bin | adblockparser True
|http://example.com:8080^ http://example.com:8080/bin | braveblock True
|http://example.com:8080^ http://example.com:8080/bin | ghostery True
||192.0.2.1:8080^ http://192.0.2.1:8080/bin | adblockparser True
||192.0.2.1:8080^ http://192.0.2.1:8080/bin | braveblock False
||192.0.2.1:8080^ http://192.0.2.1:8080/bin | ghostery True
||192.0.2.1^ http://192.0.2.1:8080/bin | adblockparser True
||192.0.2.1^ http://192.0.2.1:8080/bin | braveblock True
||192.0.2.1^ http://192.0.2.1:8080/bin | ghostery True
||example.com:8080/bin http://example.com:8080/bin | adblockparser True
||example.com:8080/bin http://example.com:8080/bin | braveblock False
||example.com:8080/bin http://example.com:8080/bin | ghostery True
||example.com:8080^ http://example.com:8080/bin | adblockparser True
||example.com:8080^ http://example.com:8080/bin | braveblock False
||example.com:8080^ http://example.com:8080/bin | ghostery True
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
