"""Judges windows by chdb's DateTime64(7), which keeps all seven digits of a time.

Reads {"rows": [...], "windows": [[from, until], ...]} and writes, for each window, the query's
answer over its rows as {url: [Blocked, Allowed, PendingVerdict, Error, ClickedThrough]}.
"""

import json
import sys

from chdb import session

asked = json.load(sys.stdin)
chdb = session.Session()
chdb.query("CREATE DATABASE d ENGINE = Memory")
chdb.query(
    "CREATE TABLE d.clicks (Timestamp DateTime64(7, 'UTC'), Url String, ActionType String,"
    " IsClickedThrough Nullable(Bool)) ENGINE = Memory"
)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def time(text):
    return f"toDateTime64({quoted(text.rstrip('Z'))}, 7, 'UTC')"


def value(row):
    through = {True: "true", False: "false", None: "NULL"}[row["IsClickedThrough"]]
    return f"({time(row['Timestamp'])}, {quoted(row['Url'])}, {quoted(row['ActionType'])}, {through})"


chdb.query("INSERT INTO d.clicks VALUES " + ", ".join(map(value, asked["rows"])))


def term(name):
    return rf"countIf(match(ActionType, '(?i)(^|[^\\pL\\pN]){name}([^\\pL\\pN]|$)'))"


columns = ", ".join(map(term, ["ClickBlocked", "ClickAllowed", "UrlScanInProgress", "UrlErrorPage"]))
answers = []
for start, end in asked["windows"]:
    sql = (
        f"SELECT Url, {columns}, countIf(IsClickedThrough) FROM d.clicks"
        f" WHERE Timestamp >= {time(start)} AND Timestamp < {time(end)} GROUP BY Url"
    )
    lines = str(chdb.query(sql, "JSONCompactEachRow")).splitlines()
    rows = (json.loads(line) for line in lines)
    answers.append({url: [int(count) for count in counts] for url, *counts in rows})
json.dump(answers, sys.stdout)
