// Draws Adaptive Cards with Microsoft's own renderer in headless Chromium.
// Arguments: the folder of the packages, the Chromium.
// stdin: {"cards": [card, ...], "version": "1.5", "width": 700, "theme": "light" | "dark", "picture": null | "x.png"}
// stdout: for each card {"problems": ["...", ...], what parsing and validating it told
//   "marked": ["...", ...], the texts that went through the Markdown hook
//   "links": ["...", ...], "tables": [[cells of a row, ...], ...], "text": "what is seen"}
'use strict';
const { spawnSync } = require('child_process');
const fs = require('fs');
const { createRequire } = require('module');
const os = require('os');
const path = require('path');
const [packages, chromium] = process.argv.slice(2);
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(packages + '/');
const library = fs.readFileSync(load.resolve('adaptivecards/dist/adaptivecards.min.js'), 'utf8');
const asked = JSON.parse(fs.readFileSync(0, 'utf8'));

// Runs in the page.
function draw(asked) {
  const AC = window.AdaptiveCards;
  const dark = asked.theme === 'dark';
  const ink = (light, onDark) => ({ default: dark ? onDark : light, subtle: dark ? '#adadad' : '#616161' });
  const colors = {
    default: ink('#242424', '#ffffff'), accent: ink('#5b5fc7', '#7f85f5'), good: ink('#237b4b', '#92c353'),
    warning: ink('#835c00', '#f8d22a'), attention: ink('#c4314b', '#f9526b'), light: ink('#fff', '#fff'), dark: ink('#000', '#fff'),
  };
  const style = (light, onDark) => ({ backgroundColor: dark ? onDark : light, foregroundColors: colors });
  const host = new AC.HostConfig({
    fontFamily: 'Segoe UI, DejaVu Sans, sans-serif', supportsInteractivity: true,
    fontSizes: { small: 12, default: 14, medium: 16, large: 20, extraLarge: 24 },
    containerStyles: {
      default: style('#ffffff', '#292929'), emphasis: style('#f5f5f5', '#3b3b3b'), accent: style('#e8ebfa', '#3d3e78'),
      good: style('#bdda9b', '#375c1c'), warning: style('#fbdd8d', '#7a5c00'), attention: style('#f4b9c7', '#8b2941'),
    },
  });
  const version = AC.Version.parse(asked.version, new AC.SerializationContext());
  return asked.cards.map((source) => {
    const drawn = { problems: [], marked: [], links: [], tables: [], text: '' };
    AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
      drawn.marked.push(text);
      const plain = document.createElement('div');
      plain.textContent = text;
      result.outputHtml = plain.innerHTML;
      result.didProcess = true;
    };
    const context = new AC.SerializationContext(version);
    const card = new AC.AdaptiveCard();
    card.hostConfig = host;
    card.parse(source, context);
    for (let at = 0; at < context.eventCount; at++) drawn.problems.push(context.getEventAt(at).message);
    for (const event of card.validateProperties().validationEvents) drawn.problems.push('invalid: ' + event.message);
    const element = card.render();
    if (!element) throw new Error('nothing was drawn');
    document.getElementById('card').replaceChildren(element);
    drawn.links = [...element.querySelectorAll('[href], [src], iframe, script')].map((found) => found.outerHTML);
    drawn.tables = [...element.querySelectorAll('[role=table]')].map((table) =>
      [...table.querySelectorAll('[role=row]')].map((row) => row.querySelectorAll('[role=cell], [role=columnheader], [role=gridcell]').length));
    drawn.text = element.innerText;
    drawn.height = Math.ceil(document.body.getBoundingClientRect().height);
    drawn.overflow = element.scrollWidth - element.clientWidth;
    return drawn;
  });
}

const within = (text) => text.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
const base64 = (text) => Buffer.from(text).toString('base64');
// No network: the page may load nothing but what stands in it.
const page = `<!doctype html><meta charset=utf-8>
<meta http-equiv=Content-Security-Policy content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<style>body{margin:0;padding:12px;${asked.theme === 'dark' ? 'color:#fff;background:#1f1f1f' : 'background:#f5f5f5'}}
#card{border-radius:6px;box-shadow:0 1px 3px #0004}
.ac-pushButton{padding:5px 12px;border:1px solid #8888;border-radius:4px;background:none;color:inherit}pre{display:none}</style>
<div id=card></div><pre id=answer></pre><script>${within(library)}</script><script>
const read = (text) => new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
const write = (text) => btoa([...new TextEncoder().encode(text)].map((c) => String.fromCharCode(c)).join(''));
let answer;
try { answer = { drawn: (${draw})(JSON.parse(read('${base64(JSON.stringify(asked))}'))) }; } catch (error) { answer = { error: String(error.stack) }; }
document.getElementById('answer').textContent = write(JSON.stringify(answer));
</script>`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'card-'));
const browse = (...more) => spawnSync(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars', '--virtual-time-budget=10000',
  `--user-data-dir=${path.join(folder, 'profile')}`, ...more, `file://${path.join(folder, 'page.html')}`],
{ encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120000 });
try {
  fs.writeFileSync(path.join(folder, 'page.html'), page);
  const found = /<pre id="answer">([A-Za-z0-9+/=]+)<\/pre>/.exec(browse('--dump-dom', `--window-size=${asked.width},900`).stdout);
  if (!found) throw new Error('Chromium gave no answer');
  const answer = JSON.parse(Buffer.from(found[1], 'base64').toString());
  if (answer.error) throw new Error(answer.error);
  if (asked.picture) {
    const height = Math.max(...answer.drawn.map((drawn) => drawn.height));
    browse(`--screenshot=${path.resolve(asked.picture)}`, `--window-size=${asked.width},${height}`);
  }
  process.stdout.write(JSON.stringify(answer.drawn));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
