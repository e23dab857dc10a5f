#!/usr/bin/env bash
# parse-prometheus-text-format makes one histogram of all that share a name, and loses sums and counts.
#
# Date: 2026-11-30. Versions: parse-prometheus-text-format 1.1.1 (npm), prometheus_client 0.26.0 (Python).
#
# The npm package turns what /metrics serves into objects. Its README says that its output "aims to be
# compatible with that of prom2json", which keeps one entry for each set of labels.
#
# Guess: a histogram with a label "tenant" comes out once for each tenant, as a counter does; and a blank
# behind the comma between two labels is read, since the format lets blanks stand between tokens.
#
# Seen: without labels a histogram has buckets, count and sum. With a label, one single entry is left: it
# has the last tenant's buckets only, and neither label, nor count, nor sum. No error. Of summaries the
# same is true. 'a{x="1", y="2"} 1' throws, while 'a{ x="1" } 1' is read. prometheus_client, from which
# the npm code "was ported", reads everything.
#
# Why it matters: latencies per tenant, sink or route are the usual labelled histograms. A dashboard built
# on this package shows one tenant's figures as everyone's.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" parse-prometheus-text-format@1.1.1
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check prometheus_client==0.26.0

cat > "$dir/metrics" <<'END_OF_METRICS'
# TYPE wait_seconds histogram
wait_seconds_bucket{tenant="a",le="1"} 1
wait_seconds_bucket{tenant="a",le="+Inf"} 2
wait_seconds_sum{tenant="a"} 3.5
wait_seconds_count{tenant="a"} 2
wait_seconds_bucket{tenant="b",le="1"} 50
wait_seconds_bucket{tenant="b",le="+Inf"} 60
wait_seconds_sum{tenant="b"} 70.5
wait_seconds_count{tenant="b"} 60
# TYPE size_bytes summary
size_bytes{tenant="a",quantile="0.5"} 10
size_bytes_sum{tenant="a"} 20
size_bytes_count{tenant="a"} 2
# TYPE plain histogram
plain_bucket{le="1"} 1
plain_bucket{le="+Inf"} 2
plain_sum 3.5
plain_count 2
# TYPE clicks_total counter
clicks_total{tenant="a"} 4
clicks_total{tenant="b"} 5
END_OF_METRICS

cat > "$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import parse from 'parse-prometheus-text-format';

for (const family of parse(readFileSync(process.argv[2], 'utf8'))) {
  console.log('npm', family.name, JSON.stringify(family.metrics));
}
for (const line of ['a{ x="1" } 1', 'a{x="1", y="2"} 1']) {
  try {
    console.log('npm', line, '->', JSON.stringify(parse(`${line}\n`)[0].metrics));
  } catch (error) {
    console.log('npm', line, '->', error.message);
  }
}
JS
node "$dir/read.mjs" "$dir/metrics" > "$dir/seen"

"$dir/venv/bin/python" - "$dir/metrics" >> "$dir/seen" <<'PY'
import sys

from prometheus_client.parser import text_string_to_metric_families as parse

for family in parse(open(sys.argv[1]).read()):
    print("Python", family.name, *(f"{s.labels.get('tenant', '-')}:{s.name}={s.value}" for s in family.samples))
print("Python", next(parse('a{x="1", y="2"} 1\n')).samples[0].labels)
PY

cat > "$dir/expected" <<'END'
npm wait_seconds [{"buckets":{"1":"50","+Inf":"60"}}]
npm size_bytes [{"quantiles":{"0.5":"10"}}]
npm plain [{"buckets":{"1":"1","+Inf":"2"},"count":"2","sum":"3.5"}]
npm clicks_total [{"value":"4","labels":{"tenant":"a"}},{"value":"5","labels":{"tenant":"b"}}]
npm a{ x="1" } 1 -> [{"value":"1","labels":{"x":"1"}}]
npm a{x="1", y="2"} 1 -> Encountered invalid line: a{x="1", y="2"} 1
Python wait_seconds a:wait_seconds_bucket=1 a:wait_seconds_bucket=2 a:wait_seconds_sum=3.5 a:wait_seconds_count=2 b:wait_seconds_bucket=50 b:wait_seconds_bucket=60 b:wait_seconds_sum=70.5 b:wait_seconds_count=60
Python size_bytes a:size_bytes=10 a:size_bytes_sum=20 a:size_bytes_count=2
Python plain -:plain_bucket=1 -:plain_bucket=2 -:plain_sum=3.5 -:plain_count=2
Python clicks a:clicks_total=4 b:clicks_total=5
Python {'x': '1', 'y': '2'}
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
