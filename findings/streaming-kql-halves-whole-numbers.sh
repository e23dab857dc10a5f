#!/usr/bin/env bash
# streaming-kql divides whole numbers into fractions, rounds half to even and counts no overlaps.
#
# Date: 2026-11-30. Versions: streaming-kql 0.0.2; duckdb-kql 1.1.2 with duckdb 2.0.1 (Python).
#
# streaming-kql evaluates Kusto queries over a stream of events, for rules that a cloud runs later.
#
# Guess: as in Kusto, 5/2 is 2, round(2.5) is 3, and countof('aaaa', 'aa') is 3: Microsoft's reference
# says "Plain string matches may overlap". duckdb-kql answers so. A function that differs would be named
# in the package's list of what it supports.
#
# Seen: 2.5, 2.0 and 2.
#
# Why it matters: a threshold such as "clicks / users > 2" fires in the stream and not in the cloud, for
# the same events and the same line of KQL.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check streaming-kql==0.0.2 \
  'duckdb-kql[duckdb]==1.1.2' duckdb==2.0.1

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
import duckdb_kql
import streaming_kql

connection = duckdb_kql.connect()
connection.sql("CREATE TABLE source AS SELECT 5 AS clicks, 2 AS users")
for expression in ("clicks / users", "clicks / users > 2", "round(2.5)", "countof('aaaa', 'aa')"):
    query = f"source | project x = {expression}"
    stream = streaming_kql.compile(query).match({"clicks": 5, "users": 2})["x"]
    print(expression, "| streaming-kql", stream, "| duckdb-kql",
          duckdb_kql.query(connection, query).fetchall()[0][0])
PY

cat > "$dir/expected" <<'END'
clicks / users | streaming-kql 2.5 | duckdb-kql 2
clicks / users > 2 | streaming-kql True | duckdb-kql False
round(2.5) | streaming-kql 2.0 | duckdb-kql 3.0
countof('aaaa', 'aa') | streaming-kql 2 | duckdb-kql 3
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
