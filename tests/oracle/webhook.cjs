// Verifies deliveries with npm standardwebhooks and reads them with npm cloudevents.
// Argument: the folder of the packages. stdin: [{"key": "whsec_...", "headers": {...}, "body": "..."}, ...]
// stdout: for each {"refused": null | "why", "event": {...} | null}
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
const [packages] = process.argv.slice(2);
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(packages + '/');
const { Webhook } = load('standardwebhooks');
const { HTTP } = load('cloudevents');

function verified({ key, headers, body }) {
  try {
    new Webhook(key).verify(body, headers);
  } catch (error) {
    return { refused: error.message, event: null };
  }
  const { id, type, source, specversion, time, data } = HTTP.toEvent({ headers, body });
  return { refused: null, event: { id, type, source, specversion, time: new Date(time).toISOString(), data } };
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(verified)));
