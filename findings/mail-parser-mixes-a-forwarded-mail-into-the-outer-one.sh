#!/usr/bin/env bash
# mail-parser spreads a forwarded mail over the outer one, and counts a bare CSV part as no attachment.
#
# Date: 2026-11-30. Versions: mail-parser 4.8.0 (PyPI), mailparser 3.14.2 (npm); Python's email.
#
# mail-parser is the parser under several tools that look into phishing mails. People report such a mail by
# forwarding it as an attachment, a part of type message/rfc822.
#
# Guess: the forwarded mail is one attachment, and what is attached inside it is told apart from what the
# reporting person attached. A part is an attachment whether or not it has a Content-Disposition, which is
# optional (RFC 2183).
#
# Seen: the inner text joins text_plain of the outer mail, the inner file joins its attachments, and the
# forwarded mail itself, with its From and Subject, is nowhere. A text/csv part without Content-Disposition
# is no attachment: its text stands in "text_not_managed", without type or name. Python's email, on which
# mail-parser stands, and npm's mailparser give one attachment in all three cases.
#
# Why it matters: the file and the words of the phishing mail are taken for those of the person who
# reported it, and a list of indicators that a script mails as a bare text/csv part is "no attachment".
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mail-parser==4.8.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" mailparser@3.14.2

mail() {
  printf '%s\r\n' 'From: ann@example.com' 'To: bob@example.com' 'Subject: x' 'MIME-Version: 1.0' \
    'Content-Type: multipart/mixed; boundary=B' '' '--B' 'Content-Type: text/plain' '' 'hello' '--B' "$@" '--B--'
}
mail 'Content-Type: text/csv' '' 'url,seen' 'https://example.com/,1' > "$dir/bare.eml"
mail 'Content-Type: text/csv' 'Content-Disposition: attachment' '' 'url,seen' > "$dir/attached.eml"
mail 'Content-Type: message/rfc822' '' 'From: eve@example.com' 'Subject: inner' \
  'Content-Type: multipart/mixed; boundary=C' '' '--C' 'Content-Type: text/plain' '' 'inner text' \
  '--C' 'Content-Type: text/csv' 'Content-Disposition: attachment; filename=inner.csv' '' '1,2' '--C--' \
  > "$dir/forwarded.eml"

"$dir/venv/bin/python" -W ignore - "$dir" > "$dir/seen" 2> "$dir/log" <<'PY'
import sys
from email import message_from_binary_file, policy

import mailparser

for name in ("bare", "attached", "forwarded"):
    path = f"{sys.argv[1]}/{name}.eml"
    mail = mailparser.parse_from_file(path)
    print(name, "mail-parser: attachments", [part["mail_content_type"] for part in mail.attachments],
          "text", mail.text_plain, "not managed", mail.text_not_managed)
    other = message_from_binary_file(open(path, "rb"), policy=policy.default)
    print(name, "Python's email:", [part.get_content_type() for part in other.iter_attachments()],
          [other.get_body().get_content()])
PY

cat > "$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { simpleParser } from 'mailparser';

for (const name of ['bare', 'attached', 'forwarded']) {
  const mail = await simpleParser(readFileSync(`${process.argv[2]}/${name}.eml`));
  const types = mail.attachments.map((part) => part.contentType);
  console.log(name, 'mailparser of npm:', JSON.stringify(types), JSON.stringify(mail.text));
}
JS
node "$dir/read.mjs" "$dir" >> "$dir/seen"

cat > "$dir/expected" <<'END'
bare mail-parser: attachments [] text ['hello'] not managed ['url,seen\r\nhttps://example.com/,1']
bare Python's email: ['text/csv'] ['hello']
attached mail-parser: attachments ['text/csv'] text ['hello'] not managed []
attached Python's email: ['text/csv'] ['hello']
forwarded mail-parser: attachments ['text/csv'] text ['hello', 'inner text'] not managed []
forwarded Python's email: ['message/rfc822'] ['hello']
bare mailparser of npm: ["text/csv"] "hello"
attached mailparser of npm: ["text/csv"] "hello"
forwarded mailparser of npm: ["message/rfc822"] "hello"
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
