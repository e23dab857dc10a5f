"""Counts the clicks of each database that a line names, with DuckDB's reader of SQLite files.

    duckdb_look.py read-only|read-write

Without DuckDB, or where its extension does not load, it says so and exits 3.
"""

import glob
import sys


def load():
    import duckdb
    import duckdb_extension_sqlite_scanner as extension

    found = glob.glob(extension.__path__[0] + "/**/*.duckdb_extension", recursive=True)
    db = duckdb.connect(":memory:")
    db.execute(f"LOAD '{found[0]}'")
    return db


def main(mode):
    try:
        db = load()
    except Exception as why:  # whatever it is, there is nothing to look with
        print(f"no DuckDB: {why}", file=sys.stderr)
        return 3
    options = "TYPE sqlite" + (", READ_ONLY" if mode == "read-only" else "")
    for line in sys.stdin:
        path = line.rstrip("\n").replace("'", "''")
        db.execute(f"ATTACH '{path}' AS look ({options})")
        print(db.execute("SELECT count(tenant) FROM look.click").fetchone()[0], flush=True)
        db.execute("DETACH look")
    return 0


sys.exit(main(sys.argv[1]))
