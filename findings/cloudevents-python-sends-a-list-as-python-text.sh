#!/usr/bin/env bash
# The CloudEvents SDK of Python sends a JSON list in binary mode as Python's own notation.
#
# Date: 2026-11-30. Versions: cloudevents 2.2.0 (Python), cloudevents 10.0.0 (npm).
#
# In binary mode a CloudEvent's data is the HTTP body, in the format that Content-Type names.
#
# Guess: data with datacontenttype "application/json" becomes JSON: a list, a text, true and 1.5 as well
# as an object. In structured mode the same SDK does just that.
#
# Seen: only an object is written as JSON. [{"a": "b"}] is sent as "[{'a': 'b'}]", true as "True", the
# text "x" as x without quotes. The content type says JSON all the same. The SDK's own reader gives a text
# back in place of the list, without an error; npm's SDK throws, or gives a text, too.
#
# Why it matters: "a list of clicks" is a natural payload. It works in structured mode, it raises nothing
# in binary mode, and the receiver gets one string that no JSON parser takes.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cloudevents@10.0.0

"$dir/venv/bin/python" - "$dir/sent" > "$dir/seen" <<'PY'
import json
import sys

from cloudevents.core.bindings.http import from_http_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

sent = []
for data in ({"a": "b"}, [{"a": "b"}], True, "x"):
    event = CloudEvent({"type": "t", "source": "/s", "id": "1", "datacontenttype": "application/json"}, data)
    message = to_binary_event(event)
    structured = json.loads(to_structured_event(event).body)["data"]
    print(json.dumps(data), "structured", json.dumps(structured), "binary", message.body.decode(),
          "read back", json.dumps(from_http_event(message).get_data()))
    sent.append({"headers": dict(message.headers), "body": message.body.decode()})
json.dump(sent, open(sys.argv[1], "w"))
PY

cat > "$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { HTTP } from 'cloudevents';

for (const message of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  let read;
  try {
    read = JSON.stringify(HTTP.toEvent(message).data);
  } catch (error) {
    read = error.name;
  }
  console.log('npm reads', message.headers['content-type'], message.body, 'as', read);
}
JS
node "$dir/read.mjs" "$dir/sent" >> "$dir/seen"

cat > "$dir/expected" <<'END'
{"a": "b"} structured {"a": "b"} binary {"a": "b"} read back {"a": "b"}
[{"a": "b"}] structured [{"a": "b"}] binary [{'a': 'b'}] read back "[{'a': 'b'}]"
true structured true binary True read back "True"
"x" structured "x" binary x read back "x"
npm reads application/json {"a": "b"} as {"a":"b"}
npm reads application/json [{'a': 'b'}] as SyntaxError
npm reads application/json True as "True"
npm reads application/json x as "x"
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
