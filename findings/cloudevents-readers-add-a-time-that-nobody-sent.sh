#!/usr/bin/env bash
# Both CloudEvents SDKs, asked to read an event without "time", hand over one with the time of reading.
#
# Date: 2026-11-30. Versions: cloudevents 2.2.0 and 1.13.0 (Python), cloudevents 10.0.0 (npm).
#
# "time" is an optional attribute of a CloudEvent: "Timestamp of when the occurrence happened".
#
# Guess: a sender's helper may fill in the current time; a reader leaves out what was left out, so that
# reading the same bytes twice gives the same event, and writing it again gives the same bytes.
#
# Seen: all three readers put the current time in. The event read twice has two different times, and an
# event that is read and passed on claims a time that its producer never stated.
#
# Why it matters: a receiver that trusts "time" for "how old is this event?" finds each retry fresh, and
# two stores of the same message differ. A producer should always send "time"; a reader has to look into
# the raw message to learn whether it was there.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for version in 2.2.0 1.13.0; do
  python3 -m venv "$dir/$version"
  "$dir/$version/bin/pip" install --quiet --disable-pip-version-check cloudevents==$version
done
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cloudevents@10.0.0

"$dir/2.2.0/bin/python" - > "$dir/seen" <<'PY'
import time

from cloudevents.core.bindings.http import HTTPMessage, from_http_event

message = HTTPMessage({"content-type": "application/cloudevents+json"},
                      b'{"specversion": "1.0", "type": "t", "source": "/s", "id": "1"}')
first = from_http_event(message).get_attributes()
time.sleep(0.05)
second = from_http_event(message).get_attributes()
print("Python 2.2.0", sorted(first), "same time twice:", first["time"] == second["time"])
PY

"$dir/1.13.0/bin/python" -W ignore - >> "$dir/seen" <<'PY'
import time

from cloudevents.http import from_http

message = ({"content-type": "application/cloudevents+json"},
           b'{"specversion": "1.0", "type": "t", "source": "/s", "id": "1"}')
first = from_http(*message).get_attributes()
time.sleep(0.05)
second = from_http(*message).get_attributes()
print("Python 1.13.0", sorted(first), "same time twice:", first["time"] == second["time"])
PY

cat > "$dir/read.mjs" <<'JS'
import { HTTP } from 'cloudevents';

const message = {
  headers: { 'content-type': 'application/cloudevents+json' },
  body: '{"specversion": "1.0", "type": "t", "source": "/s", "id": "1"}',
};
const first = HTTP.toEvent(message);
await new Promise((done) => { setTimeout(done, 50); });
const second = HTTP.toEvent(message);
const names = Object.keys(JSON.parse(JSON.stringify(first))).sort();
console.log('npm 10.0.0', names.join(', '), 'same time twice:', first.time === second.time);
JS
node "$dir/read.mjs" >> "$dir/seen"

cat > "$dir/expected" <<'END'
Python 2.2.0 ['id', 'source', 'specversion', 'time', 'type'] same time twice: False
Python 1.13.0 ['id', 'source', 'specversion', 'time', 'type'] same time twice: False
npm 10.0.0 id, source, specversion, time, type same time twice: false
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
