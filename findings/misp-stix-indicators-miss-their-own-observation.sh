#!/usr/bin/env bash
# misp-stix writes ports and AS numbers as texts: the indicator misses what was observed in the same bundle.
#
# Date: 2026-11-30. Versions: misp-stix 2026.10.12, pymisp 2.5.34.4, stix2 3.0.2, stix2-matcher 3.0.0,
# stix2-patterns 2.1.2 (Python).
#
# misp-stix turns MISP's attributes into STIX 2.1: for each an indicator with a pattern, and the observed data on
# which it is based, side by side in one bundle.
#
# Guess: the pattern of an indicator matches the observed data beside it; numbers of STIX (dst_port, number) are
# numbers in the pattern; a network matches the addresses in it.
#
# Seen: "dst_port = '8080'" and "number = '64496'", while the bundle's objects hold the numbers 8080 and 64496. A
# text equals no number, and the matcher says no. hostname|port asks one object to be a domain name and traffic;
# stix2 refuses to read that pattern. regkey|value misses, too. The network 192.0.2.0/24 is compared with "=",
# and not ISSUBSET, so that it matches the text "192.0.2.0/24" and no address. The validator likes all of them.
#
# Why it matters: "address and port" is what lists of malware hosts consist of. A consumer that evaluates patterns
# sees none of it, and no tool on the way complains.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check misp-stix==2026.10.12 pymisp==2.5.34.4 \
  stix2==3.0.2 stix2-matcher==3.0.0 stix2-patterns==2.1.2

"$dir/venv/bin/python" -W ignore - > "$dir/seen" <<'PY'
import json

from misp_stix_converter import MISPtoSTIX21Parser
from pymisp import MISPEvent
from stix2.pattern_visitor import create_pattern_object
from stix2matcher.matcher import match
from stix2patterns.validator import run_validator


def convert(kind, value):
    event = MISPEvent()
    event.info, event.date, event.timestamp = "t", "2026-11-30", 1796079600
    event.distribution, event.threat_level_id, event.analysis = 0, 2, 0
    event.uuid = "11111111-1111-4111-8111-111111111111"
    attribute = event.add_attribute(kind, value, to_ids=True)
    attribute.uuid, attribute.timestamp = "22222222-2222-4222-8222-222222222222", 1796079600
    parser = MISPtoSTIX21Parser()
    parser.parse_misp_event(event)
    bundle = json.loads(parser.bundle.serialize())
    return bundle, next(one["pattern"] for one in bundle["objects"] if one["type"] == "indicator")


def readable(pattern):
    try:
        create_pattern_object(pattern, version="2.1")
        return True
    except ValueError:
        return False


for kind, value in (("ip-dst", "192.0.2.1"), ("ip-dst|port", "192.0.2.1|8080"), ("AS", "AS64496"),
                    ("hostname|port", "www.example.com|8443"), ("regkey|value", "HKLM\\a|b")):
    bundle, pattern = convert(kind, value)
    print(kind, pattern)
    print("   matches its own observation:", bool(match(pattern, [bundle], stix_version="2.1")),
          "| stix2 reads it:", readable(pattern), "| complaints:", run_validator(pattern, stix_version="2.1"))

network, address = convert("ip-dst", "192.0.2.0/24")[1], convert("ip-dst", "192.0.2.7")[0]
print(network, "matches 192.0.2.7:", bool(match(network, [address], stix_version="2.1")))
PY

cat > "$dir/expected" <<'END'
ip-dst [network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']
   matches its own observation: True | stix2 reads it: True | complaints: []
ip-dst|port [network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = '8080']
   matches its own observation: False | stix2 reads it: True | complaints: []
AS [autonomous-system:number = '64496']
   matches its own observation: False | stix2 reads it: True | complaints: []
hostname|port [domain-name:value = 'www.example.com' AND network-traffic:dst_port = '8443']
   matches its own observation: False | stix2 reads it: False | complaints: []
regkey|value [windows-registry-key:key = 'HKLM\\a' AND windows-registry-key:values.data = 'b']
   matches its own observation: False | stix2 reads it: True | complaints: []
[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.0/24'] matches 192.0.2.7: False
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
