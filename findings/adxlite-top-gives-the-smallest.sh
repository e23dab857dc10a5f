#!/usr/bin/env bash
# adxlite and adxpandas answer "top 2 by n" with the two smallest, and "contains" minds capitals.
#
# Date: 2026-11-30. Versions: adxlite 0.2.3, adxpandas 0.2.3, pandas 3.1.1; duckdb-kql 1.1.2, duckdb 2.0.1.
#
# adxlite runs Kusto queries (KQL) on SQLite, adxpandas on data frames; adxlite depends on adxpandas for
# its parser. Both promise KQL. duckdb-kql, another engine, stands here for the language.
#
# Guess: as Microsoft documents, "top" and "sort by" are descending unless "asc" is written, "contains"
# knows no case, 5/2 of whole numbers is 2; and two engines of one author agree.
#
# Seen: "top 2 by n" gives the two smallest, "sort by n" ascends, "contains 'LOGIN'" finds no "login" in
# either. n/2 is 2 in adxlite and 2.5 in adxpandas; -5 % 3 is -2 and 1; "startswith 'LOGIN'" finds one
# and none. duckdb-kql gives the documented answers.
#
# Why it matters: "the ten most clicked URLs" become the ten least clicked, with no error, in the very
# tools that are offered to test detection queries without a cloud.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check adxlite==0.2.3 adxpandas==0.2.3 \
  pandas==3.1.1 'duckdb-kql[duckdb]==1.1.2' duckdb==2.0.1

"$dir/venv/bin/python" -W ignore - > "$dir/seen" <<'PY'
import duckdb_kql
import pandas as pd
from adxlite import AdxLiteClient
from adxpandas import AdxPandasClient

clicks = pd.DataFrame({"url": ["login.example.com", "example.org", "example.net"], "n": [5, -5, 7]})
lite = AdxLiteClient()
lite.ingest("T", clicks)
frames = AdxPandasClient({"T": clicks})
connection = duckdb_kql.connect()
connection.register("frame", clicks)
connection.sql("CREATE TABLE T AS SELECT * FROM frame")

for query in ("T | top 2 by n | project x = n", "T | sort by n | project x = n",
              "T | where url contains 'LOGIN' | project x = n",
              "T | where url startswith 'LOGIN' | project x = n",
              "T | where n == 5 | project x = n / 2", "T | where n < 0 | project x = n % 3"):
    print(query)
    print("   adxlite", lite.query(query)["x"].tolist(), "adxpandas", frames.query(query)["x"].tolist(),
          "duckdb-kql", [row[0] for row in duckdb_kql.query(connection, query).fetchall()])
PY

cat > "$dir/expected" <<'END'
T | top 2 by n | project x = n
   adxlite [-5, 5] adxpandas [-5, 5] duckdb-kql [7, 5]
T | sort by n | project x = n
   adxlite [-5, 5, 7] adxpandas [-5, 5, 7] duckdb-kql [7, 5, -5]
T | where url contains 'LOGIN' | project x = n
   adxlite [] adxpandas [] duckdb-kql [5]
T | where url startswith 'LOGIN' | project x = n
   adxlite [5] adxpandas [] duckdb-kql [5]
T | where n == 5 | project x = n / 2
   adxlite [2] adxpandas [2.5] duckdb-kql [2]
T | where n < 0 | project x = n % 3
   adxlite [-2] adxpandas [1] duckdb-kql [1]
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
