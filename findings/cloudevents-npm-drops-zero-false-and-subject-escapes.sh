#!/usr/bin/env bash
# npm's CloudEvents SDK loses data that is 0 or false, and reads an escaped subject as it stands.
#
# Date: 2026-11-30. Versions: cloudevents 10.0.0 (npm), cloudevents 2.2.0 (Python).
#
# Data may be any JSON value. In binary mode, attributes are HTTP headers, and the HTTP binding
# says that a space, a quote, a percent sign and what is beyond ASCII are percent-encoded by the sender and
# decoded by the receiver.
#
# Guess: data 0 and false arrive, as 1 and true do; a subject that Python's SDK sends is read by npm's SDK
# as it was set, and the other way round.
#
# Seen: from a structured event with data 0, false or "", npm's SDK makes an event with no data at all, and
# writes it on without. Python sends the subject "jö 50%" as "j%C3%B6%2050%25", which npm's SDK keeps as it
# is; npm's SDK sends it unencoded.
#
# Why it matters: a counter that fell to 0 or a flag that turned false is what an alert is about. And a
# comparison of subjects between a Python producer and a Node consumer works only until a space comes.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cloudevents@10.0.0

"$dir/venv/bin/python" - "$dir/sent" > "$dir/seen" <<'PY'
import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent({"type": "t", "source": "/s", "id": "1", "subject": "jö 50%",
                    "datacontenttype": "application/json"}, {"a": 1})
message = to_binary_event(event)
print("Python sends subject", message.headers["ce-subject"],
      "and reads", from_http_event(message).get_subject())
json.dump({"headers": dict(message.headers), "body": message.body.decode()}, open(sys.argv[1], "w"))

for data in ("1", "0", "false", '""'):
    body = '{"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "data": %s}' % data
    read = from_http_event(HTTPMessage({"content-type": "application/cloudevents+json"}, body.encode()))
    print("Python reads", data, "as", json.dumps(read.get_data()))
PY

cat > "$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { HTTP } from 'cloudevents';

const event = HTTP.toEvent(JSON.parse(readFileSync(process.argv[2], 'utf8')));
console.log('npm reads subject', event.subject);
console.log('npm sends subject', HTTP.binary(event.cloneWith({ subject: 'jö 50%' })).headers['ce-subject']);

for (const data of ['1', '0', 'false', '""']) {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const body = `{"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "data": ${data}}`;
  const read = HTTP.toEvent({ headers, body });
  console.log('npm reads', data, 'as', read.data, 'and passes on a data member:',
    'data' in JSON.parse(HTTP.structured(read).body));
}
JS
node "$dir/read.mjs" "$dir/sent" >> "$dir/seen"

cat > "$dir/expected" <<'END'
Python sends subject j%C3%B6%2050%25 and reads jö 50%
Python reads 1 as 1
Python reads 0 as 0
Python reads false as false
Python reads "" as ""
npm reads subject j%C3%B6%2050%25
npm sends subject jö 50%
npm reads 1 as 1 and passes on a data member: true
npm reads 0 as undefined and passes on a data member: false
npm reads false as undefined and passes on a data member: false
npm reads "" as undefined and passes on a data member: false
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
