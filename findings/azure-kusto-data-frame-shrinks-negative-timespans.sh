#!/usr/bin/env bash
# Microsoft's Kusto SDK reads the timespan -1.02:03:04 right in a row and wrong in a data frame.
#
# Date: 2026-11-30. Versions: azure-kusto-data 6.0.4, pandas 3.1.1 (Python).
#
# Kusto writes a timespan as [-][d.]hh:mm:ss[.fffffff]. The SDK offers a result as rows, where a timespan
# is a datetime.timedelta, and through dataframe_from_result_table() as a pandas frame.
#
# Guess: both give the same length of time, up to the tick that a timedelta cannot hold.
#
# Seen: for less than a day they agree. From a day on, the frame applies the sign to the days only:
# -1.02:03:04 becomes -1 day + 02:03:04, that is -21:56:56 in place of -26:03:04. It never raises.
#
# Why it matters: a negative timespan is the usual result of subtracting two times, such as "clicked
# before delivered". The error is up to two days for each value, and looks plausible.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check azure-kusto-data==6.0.4 pandas==3.1.1

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
from datetime import timedelta

from azure.kusto.data.helpers import dataframe_from_result_table
from azure.kusto.data.response import KustoResponseDataSetV2

spans = ["1.02:03:04", "-02:03:04", "-1.00:00:00", "-1.02:03:04", "-9.23:59:59"]
answer = [
    {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"},
    {"FrameType": "DataTable", "TableId": 0, "TableKind": "PrimaryResult", "TableName": "PrimaryResult",
     "Columns": [{"ColumnName": "span", "ColumnType": "timespan"}], "Rows": [[span] for span in spans]},
    {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False}]
table = KustoResponseDataSetV2(answer).primary_results[0]
rows = [row["span"] for row in table]
frame = [value.to_pytimedelta() for value in dataframe_from_result_table(table)["span"]]
for span, row, value in zip(spans, rows, frame):
    print(span, "row", row.total_seconds(), "frame", value.total_seconds(),
          "same" if row == value else f"off by {timedelta(seconds=abs((row - value).total_seconds()))}")
PY

cat > "$dir/expected" <<'END'
1.02:03:04 row 93784.0 frame 93784.0 same
-02:03:04 row -7384.0 frame -7384.0 same
-1.00:00:00 row -86400.0 frame -86400.0 same
-1.02:03:04 row -93784.0 frame -79016.0 off by 4:06:08
-9.23:59:59 row -863999.0 frame -691201.0 off by 1 day, 23:59:58
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
