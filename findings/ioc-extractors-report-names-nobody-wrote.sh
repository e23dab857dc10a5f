#!/usr/bin/env bash
# Two extractors of indicators cut an internationalized name and report a different, valid name.
#
# Date: 2026-11-30. Versions: ioc-finder 9.4.1, iocextract 1.16.1 (Python).
#
# Both libraries look for URLs, domains and addresses in reports that people wrote.
#
# Guess: a name with letters beyond ASCII is either found whole or not found at all. Both projects say
# that they find URLs and domain names; neither says that the names have to be ASCII.
#
# Seen: ioc-finder reads "bücher.example.com" as the domain "cher.example.com", and "exаmple.com" (its
# "а" is Cyrillic) as "mple.com": other names, which may well exist. iocextract cuts
# "http://пример.рф/путь" to "http://пр" and "http://exаmple.com/" to "http://ex", and finds "bücher"
# whole. Spelled as Punycode, both find every name.
#
# Why it matters: look-alike names are written in reports as they look. An automatic import then
# blocks or searches for a domain that belongs to somebody else, while the real one stays unknown.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check ioc-finder==9.4.1 iocextract==1.16.1 requests==2.34.2

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
import iocextract
from ioc_finder import find_iocs

for text in ("bücher.example.com", "http://bücher.example.com/a", "http://пример.рф/путь",
             "http://exаmple.com/", "http://xn--bcher-kva.example.com/a",
             "http://xn--e1afmkfd.xn--p1ai/a"):
    print(text)
    found = find_iocs(text)
    print("  ioc-finder: domains", found["domains"], "urls", found["urls"])
    print("  iocextract: urls", sorted(set(iocextract.extract_urls(text))))
PY

cat > "$dir/expected" <<'END'
bücher.example.com
  ioc-finder: domains ['cher.example.com'] urls []
  iocextract: urls []
http://bücher.example.com/a
  ioc-finder: domains ['cher.example.com'] urls ['cher.example.com/a']
  iocextract: urls ['http://bücher.example.com/a']
http://пример.рф/путь
  ioc-finder: domains [] urls []
  iocextract: urls ['http://пр']
http://exаmple.com/
  ioc-finder: domains ['mple.com'] urls ['mple.com/']
  iocextract: urls ['http://ex']
http://xn--bcher-kva.example.com/a
  ioc-finder: domains ['xn--bcher-kva.example.com'] urls ['http://xn--bcher-kva.example.com/a']
  iocextract: urls ['http://xn--bcher-kva.example.com/a']
http://xn--e1afmkfd.xn--p1ai/a
  ioc-finder: domains ['xn--e1afmkfd.xn--p1ai'] urls ['http://xn--e1afmkfd.xn--p1ai/a']
  iocextract: urls ['http://xn--e1afmkfd.xn--p1ai/a']
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
