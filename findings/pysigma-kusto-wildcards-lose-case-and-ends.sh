#!/usr/bin/env bash
# A Sigma value with a wildcard in its middle minds capitals in KQL, and matches within a longer text.
#
# Date: 2026-11-30. Versions: pySigma 1.5.1, pySigma-backend-kusto 1.0.1; duckdb-kql 1.1.2, duckdb 2.0.1.
#
# Sigma's specification: values are compared without regard to case, and the whole value counts; "*" and
# "?" are wildcards.
#
# Guess: "*://*.example.com/login" is written as a pattern that ignores case and is bound to both ends, since
# "https://www.example.com/login" alone is written with =~, which ignores case and compares the whole.
#
# Seen: it becomes "matches regex" with neither (?i) nor ^ and $. The rule misses a row in capitals, and
# finds one that merely contains what was asked for.
#
# Why it matters: adding one "*" to a rule, to make it find more, makes it find less: every spelling of the
# host but one is lost. And a rule with "?" for one character finds texts of any length.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check pySigma==1.5.1 pySigma-backend-kusto==1.0.1 \
  'duckdb-kql[duckdb]==1.1.2' duckdb==2.0.1

"$dir/venv/bin/python" -W ignore - > "$dir/seen" <<'PY'
import duckdb_kql
from sigma.backends.kusto import KustoBackend
from sigma.collection import SigmaCollection

connection = duckdb_kql.connect()
connection.sql("""CREATE TABLE T AS SELECT * FROM (VALUES ('https://www.example.com/login'),
    ('https://www.Example.com/login'), ('https://www.example.com/login?next=/')) AS t(Url)""")

for value in ("https://www.example.com/login", "*://www.example.com/login", "https://*.example.com/login",
              "https://www.example.com/log?n"):
    rule = f"""
title: t
status: test
logsource: {{product: x}}
detection:
  selection: {{Url: '{value}'}}
  condition: selection
"""
    kql = KustoBackend().convert(SigmaCollection.from_yaml(rule))[0]
    rows = [row[0] for row in duckdb_kql.query(connection, f"T | where {kql} | sort by Url asc").fetchall()]
    print(value, "->", kql)
    for row in rows:
        print("   finds", row)
PY

cat > "$dir/expected" <<'END'
https://www.example.com/login -> Url =~ "https://www.example.com/login"
   finds https://www.Example.com/login
   finds https://www.example.com/login
*://www.example.com/login -> Url endswith "://www.example.com/login"
   finds https://www.Example.com/login
   finds https://www.example.com/login
https://*.example.com/login -> Url matches regex "https://.*\\.example\\.com/login"
   finds https://www.example.com/login
   finds https://www.example.com/login?next=/
https://www.example.com/log?n -> Url matches regex "https://www\\.example\\.com/log.n"
   finds https://www.example.com/login
   finds https://www.example.com/login?next=/
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
