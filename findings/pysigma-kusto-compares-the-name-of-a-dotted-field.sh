#!/usr/bin/env bash
# pySigma's Kusto backend turns a field with a dot into a text and compares that with the wanted value.
#
# Date: 2026-11-30. Versions: pySigma 1.5.1, pySigma-backend-kusto 1.0.1; duckdb-kql 1.1.2, duckdb 2.0.1.
#
# Guess: a field "event.action" becomes event.action, a path into a dynamic column, or ['event.action'], the
# quoted name of a column. These are KQL's two ways.
#
# Seen: 'event.action' =~ "clicked". In KQL single quotes make a text, so this compares two texts and is
# false in every row; a value that equals the field's name would match every row. A field with a blank gets
# the same quotes.
#
# Why it matters: fields with dots are the rule in the Elastic Common Schema. The condition converts and runs
# without an error, and never fires.
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
connection.sql('CREATE TABLE T AS SELECT \'clicked\' AS "event.action", 5 AS n')

for value in ("clicked", "event.action"):
    rule = f"""
title: t
status: test
logsource: {{product: x}}
detection:
  selection: {{event.action: {value}}}
  condition: selection
"""
    kql = KustoBackend().convert(SigmaCollection.from_yaml(rule))[0]
    print(kql, "->", len(duckdb_kql.query(connection, f"T | where {kql}").fetchall()), "of 1 row")
right = "['event.action'] =~ \"clicked\""
print(right, "->", len(duckdb_kql.query(connection, f"T | where {right}").fetchall()), "of 1 row")
PY

cat > "$dir/expected" <<'END'
'event.action' =~ "clicked" -> 0 of 1 row
'event.action' =~ "event.action" -> 1 of 1 row
['event.action'] =~ "clicked" -> 1 of 1 row
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
