#!/usr/bin/env bash
# DuckDB's reader of SQLite files cannot count the rows of a table WITHOUT ROWID, though it reads them.
#
# Date: 2026-11-30. Versions: duckdb 1.5.5, duckdb-extension-sqlite-scanner 1.5.5 (Python); SQLite of Python 3.11.
#
# SQLite keeps a table "WITHOUT ROWID" by its primary key; every SELECT works on it as on any other.
#
# Guess: SELECT count(*) gives the number of rows, as SQLite does.
#
# Seen: count(*) fails with "no such column: ROWID", on such a table only. count(column), SELECT * and sums over
# the same table work.
#
# Why it matters: count(*) is the first thing one asks of a file. Its message names a column that nobody asked
# for, and looks like damage.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/python3" -m pip install --quiet --disable-pip-version-check \
  duckdb==1.5.5 duckdb-extension-sqlite-scanner==1.5.5

"$dir/venv/bin/python3" - "$dir/file.db" > "$dir/seen" <<'PY'
import glob
import sqlite3
import sys

import duckdb
import duckdb_extension_sqlite_scanner as extension

made = sqlite3.connect(sys.argv[1])
made.executescript(
    """CREATE TABLE usual(name TEXT PRIMARY KEY, number INTEGER);
       CREATE TABLE clustered(name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
       INSERT INTO usual VALUES ('a', 1), ('b', 2), ('c', 3);
       INSERT INTO clustered SELECT * FROM usual;"""
)
made.close()

[file] = glob.glob(extension.__path__[0] + "/**/*.duckdb_extension", recursive=True)
reader = duckdb.connect()
reader.execute(f"LOAD '{file}'")
reader.execute(f"ATTACH '{sys.argv[1]}' AS file (TYPE sqlite, READ_ONLY)")
for table in ["usual", "clustered"]:
    for what in ["count(*)", "count(name)", "sum(number)"]:
        try:
            said = reader.execute(f"SELECT {what} FROM file.{table}").fetchone()[0]
        except duckdb.Error as error:
            said = "no such column: ROWID" if "no such column: ROWID" in str(error) else error
        print(table, what, said)
PY

cat > "$dir/expected" <<'END'
usual count(*) 3
usual count(name) 3
usual sum(number) 6
clustered count(*) no such column: ROWID
clustered count(name) 3
clustered sum(number) 6
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
