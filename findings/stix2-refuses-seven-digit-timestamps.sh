#!/usr/bin/env bash
# stix2 refuses a timestamp with seven digits after the second, the form that .NET and Kusto write.
#
# Date: 2026-11-30. Versions: stix2 3.0.2, stix2-patterns 2.1.2 (Python).
#
# STIX 2.1 writes a timestamp as yyyy-mm-ddThh:mm:ss[.s+]Z, where s+ is one digit or more. Microsoft's
# products count time in ticks of 100 ns, so seven digits are what they put out.
#
# Guess: stix2.parse() takes any number of digits, perhaps cutting them to microseconds; the pattern
# validator of the same project takes the same timestamps.
#
# Seen: one to six digits are read, seven or more raise InvalidValueError ("must be a datetime object,
# date object, or timestamp string in a recognizable format"), which names neither the digit nor a
# limit. The validator takes the same seven digits inside a pattern.
#
# Why it matters: an indicator or sighting made from a Defender event is valid STIX and passes the
# pattern validator, and still the reference library rejects the whole object. A producer has to cut
# the seventh digit, a reader that must not lose objects has to cut it before it calls stix2.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check stix2==3.0.2 stix2-patterns==2.1.2

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
import json

import stix2
from stix2patterns.validator import run_validator

for digits in ("1", "123", "123456", "1234567", "123456789"):
    when = f"2026-11-30T12:00:00.{digits}Z"
    indicator = {"type": "indicator", "spec_version": "2.1",
                 "id": "indicator--11111111-1111-4111-8111-111111111111",
                 "created": "2026-11-30T12:00:00Z", "modified": "2026-11-30T12:00:00Z",
                 "pattern": "[url:value = 'https://example.com/']", "pattern_type": "stix",
                 "valid_from": when}
    try:
        read = stix2.parse(indicator)
        print(when, "->", json.loads(read.serialize())["valid_from"])
    except stix2.exceptions.InvalidValueError as error:
        print(when, "->", error)

pattern = "[x-click:time = t'2026-11-30T12:00:00.1234567Z']"
print("validator's complaints about seven digits:", run_validator(pattern, stix_version="2.1"))
PY

cat > "$dir/expected" <<'END'
2026-11-30T12:00:00.1Z -> 2026-11-30T12:00:00.1Z
2026-11-30T12:00:00.123Z -> 2026-11-30T12:00:00.123Z
2026-11-30T12:00:00.123456Z -> 2026-11-30T12:00:00.123456Z
2026-11-30T12:00:00.1234567Z -> Invalid value for Indicator 'valid_from': must be a datetime object, date object, or timestamp string in a recognizable format.
2026-11-30T12:00:00.123456789Z -> Invalid value for Indicator 'valid_from': must be a datetime object, date object, or timestamp string in a recognizable format.
validator's complaints about seven digits: []
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
