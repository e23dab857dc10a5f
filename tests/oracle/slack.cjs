// Checks Slack messages against Slack's own types (npm @slack/types) with TypeScript's compiler.
// Argument: the folder of the packages. stdin: [message, ...]
// stdout: what the compiler says: ["...", ...]
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
const path = require('path');
const [packages] = process.argv.slice(2);
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(packages + '/');
const ts = load('typescript');

const messages = JSON.parse(fs.readFileSync(0, 'utf8'));
// As literals, not as a JSON module: only these have their fields checked for being known.
const source = `import type { KnownBlock } from '@slack/types';
type Message = { text: string; blocks: KnownBlock[]; unfurl_links: false; unfurl_media: false };
${messages.map((message, at) => `export const m${at}: Message = ${JSON.stringify(message)};`).join('\n')}`;

const file = path.join(packages, 'messages.ts');
const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16, types: [] };
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (name) => name === file || fileExists(name);
host.readFile = (name) => (name === file ? source : readFile(name));
host.getSourceFile = (name, ...more) =>
  name === file ? ts.createSourceFile(name, source, options.target) : getSourceFile(name, ...more);
const program = ts.createProgram([file], options, host);
const found = ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'));
process.stdout.write(JSON.stringify(found));
