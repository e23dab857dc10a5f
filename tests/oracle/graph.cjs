// Asks a hunting API with Microsoft's own client (npm @microsoft/microsoft-graph-client 3.0.7), which
// sends a token that it is given and signs nobody in.
// stdin: {"url": "http://127.0.0.1:1", "token": "...", "paths": ["/security/..."], "query": "..."}
// stdout: for each path {"rows": [...], "schema": [...]} or {"status": 404, "code": "..."}
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(process.argv[2] + '/');
const { Client, HTTPMessageHandler, RetryHandler } = load('@microsoft/microsoft-graph-client');

const { url, token, paths, query } = JSON.parse(fs.readFileSync(0, 'utf8'));
// Its own handler of tokens sends none to plain http, and takes away what is there.
const signed = {
  setNext(next) {
    this.next = next;
  },
  execute(context) {
    context.options.headers = { ...context.options.headers, Authorization: `Bearer ${token}` };
    return this.next.execute(context);
  },
};
const retry = new RetryHandler();
signed.setNext(retry);
retry.setNext(new HTTPMessageHandler());
const client = Client.initWithMiddleware({ baseUrl: url, middleware: signed });
const ask = (path, send) =>
  send(client.api(path)).then(
    (answer) => ({ rows: answer.results, schema: answer.schema }),
    (error) => ({ status: error.statusCode, code: error.code, message: error.message }),
  );

(async () => {
  const posted = [];
  for (const path of paths) posted.push(await ask(path, (request) => request.post({ query })));
  const got = await ask(paths[0], (request) => request.get());
  process.stdout.write(JSON.stringify({ posted, got }));
})();
