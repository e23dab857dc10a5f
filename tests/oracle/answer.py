"""Answers KQL queries over rows of UrlClickEvents with duckdb-kql, an engine that we did not write.

stdin: one JSON object {"rows": [row, ...], "queries": [text, ...]}, rows as in the hunting API's
"results", with 0/1 or true/false/null for IsClickedThrough.
stdout: one JSON array with, for each query, {"columns": [...], "rows": [[...], ...]} or {"error": text}.
Times in an answer are RFC 3339 with microseconds: that is all the resolution this engine has.
"""
import datetime
import json
import os
import sys
import tempfile

import duckdb_kql

TEXTS = ["Url", "ActionType", "AccountUpn", "Workload", "NetworkMessageId", "ThreatTypes",
         "DetectionMethods", "IPAddress", "UrlChain", "ReportId", "AppName", "AppVersion", "SourceId"]
TYPES = {"Timestamp": "TIMESTAMP", **{name: "VARCHAR" for name in TEXTS}, "IsClickedThrough": "BOOLEAN"}


def as_loaded(row):
    # A Kusto string is never null; null in SQL would be a group of its own.
    loaded = {name: row.get(name) or "" for name in TEXTS}
    clicked = row.get("IsClickedThrough")
    loaded["IsClickedThrough"] = None if clicked in (None, {}) else bool(clicked)
    loaded["Timestamp"] = row["Timestamp"]
    return json.dumps(loaded)


def load(connection, rows):
    columns = ",".join(f'"{name}" {kind}' for name, kind in TYPES.items())
    connection.sql(f"CREATE TABLE UrlClickEvents({columns})")
    if not rows:
        return
    # Many rows go in as a file: one by one takes minutes.
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", delete=False) as file:
        file.writelines(as_loaded(row) + "\n" for row in rows)
    types = ",".join(f"'{name}':'{kind}'" for name, kind in TYPES.items())
    names = ",".join(f'"{name}"' for name in TYPES)
    connection.execute(
        f"INSERT INTO UrlClickEvents SELECT {names} FROM read_json(?, "
        f"format='newline_delimited', maximum_object_size=67108864, columns={{{types}}})", [file.name])
    os.unlink(file.name)


def plain(value):
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return text.rstrip("0").rstrip(".") + "Z"
    return value


def answer(connection, query):
    try:
        result = duckdb_kql.query(connection, query)
        columns = [column[0] for column in result.description]
        return {"columns": columns, "rows": [[plain(cell) for cell in row] for row in result.fetchall()]}
    except Exception as error:  # whatever it is, the test must show it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    asked = json.load(sys.stdin)
    connection = duckdb_kql.connect()
    connection.sql("SET TimeZone='UTC'")
    load(connection, asked["rows"])
    json.dump([answer(connection, query) for query in asked["queries"]], sys.stdout)


if __name__ == "__main__":
    main()
