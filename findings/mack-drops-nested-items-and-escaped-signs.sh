#!/usr/bin/env bash
# mack, a converter from Markdown to Slack's blocks, drops nested list items, escaped signs and line breaks.
#
# Date: 2026-11-30. Versions: @tryfabric/mack 1.2.1 (npm), markdown-to-mrkdwn 0.3.3 (Python), marked as mack
# brings it.
#
# mack's README names lists and all inline elements among what it supports.
#
# Guess: what Slack cannot show the same way is shown plainly. No word and no sign of the text is lost: the inner
# points of a list appear, "2 \* 3" shows "2 * 3", two lines do not become one word.
#
# Seen: the inner point is gone. "2 \* 3 \_ 4" becomes "2  3  4". "line", two blanks and "break" become
# "linebreak". It raises no error. markdown-to-mrkdwn keeps every word, every sign and the line break.
#
# Why it matters: what an alert says in its second level of points (the users, the URLs) never reaches Slack. A
# program that escapes names for Markdown, as it should, loses the very signs it escaped: a_b becomes ab.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @tryfabric/mack@1.2.1
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check markdown-to-mrkdwn==0.3.3

cat > "$dir/texts.json" <<'END_OF_TEXTS'
["1. two users\n   - ann\n   - bob\n2. one URL", "2 \\* 3 \\_ 4", "user svc\\_backup", "line  \nbreak"]
END_OF_TEXTS

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { markdownToBlocks } from '@tryfabric/mack';

for (const text of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const blocks = await markdownToBlocks(text);
  console.log(JSON.stringify(text), 'mack', JSON.stringify(blocks.map((block) => block.text.text)));
}
JS
node "$dir/ask.mjs" "$dir/texts.json" > "$dir/seen"

"$dir/venv/bin/python" - "$dir/texts.json" >> "$dir/seen" <<'PY'
import json
import sys

from markdown_to_mrkdwn import SlackMarkdownConverter

for text in json.load(open(sys.argv[1])):
    print(json.dumps(text), "markdown-to-mrkdwn", json.dumps(SlackMarkdownConverter().convert(text), ensure_ascii=False))
PY

cat > "$dir/expected" <<'END'
"1. two users\n   - ann\n   - bob\n2. one URL" mack ["1. two users\n2. one URL"]
"2 \\* 3 \\_ 4" mack ["2  3  4"]
"user svc\\_backup" mack ["user svcbackup"]
"line  \nbreak" mack ["linebreak"]
"1. two users\n   - ann\n   - bob\n2. one URL" markdown-to-mrkdwn "1. two users\n   • ann\n   • bob\n2. one URL"
"2 \\* 3 \\_ 4" markdown-to-mrkdwn "2 \\* 3 \\_ 4"
"user svc\\_backup" markdown-to-mrkdwn "user svc\\_backup"
"line  \nbreak" markdown-to-mrkdwn "line\nbreak"
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
