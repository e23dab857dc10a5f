#!/usr/bin/env bash
# pySigma's Kusto backend writes conditions that can never be true: isnull() of text, an IPv6 range as IPv4.
#
# Date: 2026-11-30. Versions: pySigma 1.5.1, pySigma-backend-kusto 1.0.1; duckdb-kql 1.1.2, duckdb 2.0.1.
#
# Sigma is a common form of detection rules; this backend turns them into KQL for Defender and Sentinel.
#
# Guess: "Url: null" (the field is empty) becomes isempty(Url), as "Url|exists: false" does, since a Kusto
# string is never null: Microsoft's reference of isnull() says that strings have no null and points to
# isempty(). "ip|cidr: 2001:db8::/32" becomes an IPv6 function or an error.
#
# Seen: isnull(Url) and ipv4_is_in_range(ip, "2001:db8::/32"). The first is false in every row, so the rule
# finds nothing, and "not" of it finds all. A range of IPv4 comes out the same but for its digits.
#
# Why it matters: a rule for "process without a command line" or for an IPv6 range converts without a
# complaint, is deployed, and stays silent forever.
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
connection.sql("CREATE TABLE T AS SELECT * FROM (VALUES ('https://example.com/'), ('')) AS t(Url)")


def convert(field, value, condition="selection"):
    rule = f"""
title: t
status: test
logsource: {{product: x}}
detection:
  selection:
    {field}: {value}
  condition: {condition}
"""
    return KustoBackend().convert(SigmaCollection.from_yaml(rule))[0]


for field, value, condition in (("Url", "null", "selection"), ("Url", "null", "not selection"),
                                ("Url|exists", "false", "selection")):
    kql = convert(field, value, condition)
    rows = duckdb_kql.query(connection, f"T | where {kql}").fetchall()
    print(f"{field}: {value}, {condition} -> {kql} -> {len(rows)} of 2 rows")
for network in ("192.0.2.0/24", "2001:db8::/32"):
    print(f"ip|cidr: {network} ->", convert("ip|cidr", network))
PY

cat > "$dir/expected" <<'END'
Url: null, selection -> isnull(Url) -> 0 of 2 rows
Url: null, not selection -> not(isnull(Url)) -> 2 of 2 rows
Url|exists: false, selection -> isempty(Url) -> 1 of 2 rows
ip|cidr: 192.0.2.0/24 -> ipv4_is_in_range(ip, "192.0.2.0/24")
ip|cidr: 2001:db8::/32 -> ipv4_is_in_range(ip, "2001:db8::/32")
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
