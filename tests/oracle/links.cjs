// What programs that make links of text would make one of: linkify-it 5 and 6 (many chats and
// Markdown editors), linkifyjs, anchorme, Autolinker, and, of Markdown, markdown-it, marked and
// micromark's GFM (GitHub's rules). With "long" also Rocket.Chat's parser of messages.
// Arguments: the folder of the packages, "fast" or "long".
// stdin: [{ name, kind: "text" | "markdown" | "html", text }, ...]
// stdout: [{ judge, output, line, link }, ...], each line of text once.
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');
const [packages, lane] = process.argv.slice(2);
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(packages + '/');
const own = (module) => (module.default ? own(module.default) : module);
const get = async (name) => import(pathToFileURL(load.resolve(name)).href);
const getOwn = async (name) => own(await get(name));

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
const decoded = (html) =>
  html.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, number, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : number ? String.fromCodePoint(Number(number)) : (entities[name] ?? all));
const hrefs = (html) =>
  [...html.matchAll(/\s(?:href|src|action|background|poster)\s*=\s*"([^"]*)"/gi)].map(([, link]) => decoded(link));
// What a reader sees, a line for each element.
const seen = (html) => decoded(html.replace(/<(style|script|title)\b.*?<\/\1>/gs, '\n').replace(/<[^>]*>/g, '\n'));

async function judges() {
  const tlds = own(load('tlds'));
  const linkifyIt = (Linkify) => {
    const linkify = new Linkify().tlds(tlds).set({ fuzzyIP: true, fuzzyLink: true, fuzzyEmail: true });
    return (line) => (linkify.match(line) ?? []).map((match) => match.url);
  };
  const linkifyjs = load('linkifyjs');
  const anchorme = await getOwn('anchorme');
  const { Autolinker } = load('autolinker');
  const autolinker = new Autolinker({ mention: false, hashtag: false });
  const ofLines = {
    'linkify-it 5': linkifyIt(own(load('linkify-it'))),
    'linkify-it 6': linkifyIt((await get('linkify-it-6')).LinkifyIt),
    linkifyjs: (line) => linkifyjs.find(line).map((match) => match.href),
    anchorme: (line) => anchorme.list(line).map((match) => match.string),
    Autolinker: (line) => autolinker.parse(line).map((match) => match.getAnchorHref()),
  };
  const { marked } = await get('marked');
  const { micromark } = await get('micromark');
  const { gfm, gfmHtml } = await get('micromark-extension-gfm');
  const markdownIt = new (await getOwn('markdown-it'))({ linkify: true });
  const ofMarkdown = {
    'markdown-it': (text) => hrefs(markdownIt.render(text)),
    marked: (text) => hrefs(marked.parse(text)),
    micromark: (text) => hrefs(micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] })),
  };
  if (lane === 'long') {
    const { parse } = load('@rocket.chat/message-parser');
    const links = (node) =>
      !node || typeof node !== 'object' ? [] :
      [...(node.type === 'LINK' || node.type === 'IMAGE' ? [node.value.src.value] : []), ...Object.values(node).flatMap(links)];
    ofLines['Rocket.Chat'] = (line) => links(parse(line));
  }
  return { ofLines, ofMarkdown };
}

(async () => {
  const { ofLines, ofMarkdown } = await judges();
  const found = [];
  const looked = new Set();
  const look = (judge, output, line, links) => links.forEach((link) => found.push({ judge, output, line, link }));
  for (const { name, kind, text } of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    if (kind === 'markdown') {
      for (const [judge, links] of Object.entries(ofMarkdown)) look(judge, name, '', links(text));
      continue;
    }
    if (kind === 'html') look('HTML', name, '', hrefs(text));
    for (const line of (kind === 'html' ? seen(text) : text).split(/[\r\n]+/)) {
      if (line.trim() === '' || looked.has(line)) continue;
      looked.add(line);
      for (const [judge, links] of Object.entries(ofLines)) look(judge, name, line, links(line));
    }
  }
  process.stdout.write(JSON.stringify(found));
})();
