#!/usr/bin/env bash
# stix2 writes "NOT LIKE" as "LIKE" and "NOT IN" as "IN", and calls the two patterns equivalent.
#
# Date: 2026-11-30. Versions: stix2 3.0.2, stix2-patterns 2.1.2, stix2-matcher 3.0.0 (Python).
#
# stix2 is the reference Python library of STIX 2.1. It reads an indicator's pattern into objects, so
# that a program can look at it or change it, and writes it again; another function compares patterns.
#
# Guess: what stix2 writes means what it read. "[url:value NOT = 'x']" keeps its NOT, and so should
# the other comparisons; a pattern and its negation are not equivalent.
#
# Seen: NOT survives before "=", and is lost before LIKE, IN, MATCHES and ISSUBSET. What is written is
# a valid pattern with the opposite meaning: the matcher of the same project finds it true where the
# original is false. equivalent_patterns() says True for a pattern and its negation.
#
# Why it matters: whoever normalizes, merges or removes duplicates from indicators with stix2 turns
# "every URL but ours" into "our URLs", or throws one of the two away, without an error.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
  stix2==3.0.2 stix2-patterns==2.1.2 stix2-matcher==3.0.0

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
from stix2.equivalence.pattern import equivalent_patterns
from stix2.pattern_visitor import create_pattern_object
from stix2matcher.matcher import match

observed = "observed-data--11111111-1111-4111-8111-111111111111"
url = "url--11111111-1111-4111-8111-111111111111"
now = "2026-11-30T12:00:00Z"
bundle = {"type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111", "objects": [
    {"type": "observed-data", "spec_version": "2.1", "id": observed, "created": now, "modified": now,
     "first_observed": now, "last_observed": now, "number_observed": 1, "object_refs": [url]},
    {"type": "url", "spec_version": "2.1", "id": url, "value": "https://intranet.example/a"}]}

for pattern in ("[url:value NOT = 'https://intranet.example/a']",
                "[url:value NOT LIKE 'https://intranet.example/%']",
                "[url:value NOT IN ('https://intranet.example/a', 'x')]",
                "[url:value NOT MATCHES '^https://intranet']",
                "[ipv4-addr:value NOT ISSUBSET '192.0.2.0/24']"):
    print("read   ", pattern)
    print("written", create_pattern_object(pattern, version="2.1"))

asked = "[url:value NOT LIKE 'https://intranet.example/%']"
written = str(create_pattern_object(asked, version="2.1"))
print("matches", bool(match(asked, [bundle], stix_version="2.1")), "as read,",
      bool(match(written, [bundle], stix_version="2.1")), "as written")
print("a pattern and its negation are equivalent:",
      equivalent_patterns("[url:value NOT LIKE 'a%']", "[url:value LIKE 'a%']"))
PY

cat > "$dir/expected" <<'END'
read    [url:value NOT = 'https://intranet.example/a']
written [url:value NOT = 'https://intranet.example/a']
read    [url:value NOT LIKE 'https://intranet.example/%']
written [url:value LIKE 'https://intranet.example/%']
read    [url:value NOT IN ('https://intranet.example/a', 'x')]
written [url:value IN ('https://intranet.example/a', 'x')]
read    [url:value NOT MATCHES '^https://intranet']
written [url:value MATCHES '^https://intranet']
read    [ipv4-addr:value NOT ISSUBSET '192.0.2.0/24']
written [ipv4-addr:value ISSUBSET '192.0.2.0/24']
matches False as read, True as written
a pattern and its negation are equivalent: True
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
