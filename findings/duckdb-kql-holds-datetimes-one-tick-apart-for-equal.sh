#!/usr/bin/env bash
# duckdb-kql refuses a timespan of one tick, but reads datetimes one tick apart as equal.
#
# Date: 2026-11-30. Versions: duckdb-kql 1.1.2, duckdb 2.0.1 (Python).
#
# duckdb-kql runs Kusto queries on DuckDB. Kusto's datetime counts ticks of 100 ns, DuckDB's microseconds.
# The package's own description says that what it does not cover raises KqlUnsupportedError,
# "deliberately, rather than returning something plausible and wrong".
#
# Guess: a datetime literal that DuckDB cannot hold is refused, as "1tick" is ("it cannot be held
# exactly"), and as format_datetime(..., 'fffffff') is.
#
# Seen: the literal is cut to microseconds without a word. Two literals one tick apart are equal, their
# difference is nothing, summarize puts them into one group, and tostring() answers with seven digits,
# the last one an invented 0.
#
# Why it matters: Defender and Sentinel write seven digits. A test of "later than the last row I have
# seen" at a page's edge passes on this engine and loses or repeats rows on Microsoft's.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'duckdb-kql[duckdb]==1.1.2' duckdb==2.0.1

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
import duckdb_kql

connection = duckdb_kql.connect()
early, late = "datetime(2026-11-30 12:00:00.1234567)", "datetime(2026-11-30 12:00:00.1234568)"
for query in ("print 1tick", f"print format_datetime({early}, 'fffffff')", f"print {early} == {late}",
              f"print {late} > {early}", f"print tostring({late} - {early})", f"print tostring({late})",
              f"datatable(t: datetime) [{early}, {late}] | summarize count() by t | project count_"):
    try:
        print(query, "->", duckdb_kql.query(connection, query).fetchall())
    except duckdb_kql.KqlUnsupportedError:
        print(query, "-> KqlUnsupportedError")
PY

cat > "$dir/expected" <<'END'
print 1tick -> KqlUnsupportedError
print format_datetime(datetime(2026-11-30 12:00:00.1234567), 'fffffff') -> KqlUnsupportedError
print datetime(2026-11-30 12:00:00.1234567) == datetime(2026-11-30 12:00:00.1234568) -> [(True,)]
print datetime(2026-11-30 12:00:00.1234568) > datetime(2026-11-30 12:00:00.1234567) -> [(False,)]
print tostring(datetime(2026-11-30 12:00:00.1234568) - datetime(2026-11-30 12:00:00.1234567)) -> [('00:00:00',)]
print tostring(datetime(2026-11-30 12:00:00.1234568)) -> [('2026-11-30T12:00:00.1234560Z',)]
datatable(t: datetime) [datetime(2026-11-30 12:00:00.1234567), datetime(2026-11-30 12:00:00.1234568)] | summarize count() by t | project count_ -> [(2,)]
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
