#!/usr/bin/env bash
# postal-mime takes an IPv6 address literal for the start of a group, and every later recipient with it.
#
# Date: 2026-11-30. Versions: postal-mime 4.0.0, mailparser 3.14.2 (npm); Python's email of 3.9 or later.
#
# postal-mime parses mails in browsers, on mail workers and in Node. RFC 5321 and 5322 allow
# user@[IPv6:2001:db8::1], "a,b"@domain with a quoted local part, and blanks around "@".
#
# Guess: each address comes out in a form that can be used as an address, or is marked as unusable, and
# does not touch its neighbours.
#
# Seen: the colon in eve@[IPv6:2001:db8::1] opens a group "eve@[IPv6" that holds a member "1]" without an
# address, and all recipients behind it. "x,y"@example.com becomes x,y@example.com, which is no address;
# "a b"@example.com likewise. The blanks of "bob @ example.com" stay in. mailparser, of the same author,
# and Python's email read all five.
#
# Why it matters: code that reads the list of recipients finds one entry without an address where five
# were sent. Whoever answers, allows or looks up by address uses a string that no server takes.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" postal-mime@4.0.0 mailparser@3.14.2

printf '%s\r\n' \
  'From: ann@example.com' \
  'To: eve@[IPv6:2001:db8::1], eve@[192.0.2.1], "x,y"@example.com, "a b"@example.com,' \
  ' bob @ example.com' \
  'Subject: x' '' 'x' > "$dir/mail.eml"

cat > "$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import PostalMime from 'postal-mime';
import { simpleParser } from 'mailparser';

const mail = readFileSync(process.argv[2]);
for (const to of (await PostalMime.parse(mail)).to) console.log('postal-mime', JSON.stringify(to));
for (const to of (await simpleParser(mail)).to.value) console.log('mailparser', JSON.stringify(to));
JS
node "$dir/read.mjs" "$dir/mail.eml" > "$dir/seen"

python3 - "$dir/mail.eml" >> "$dir/seen" <<'PY'
import sys
from email import message_from_binary_file, policy

mail = message_from_binary_file(open(sys.argv[1], "rb"), policy=policy.default)
for address in mail["to"].addresses:
    print("Python's email", address.addr_spec)
PY

cat > "$dir/expected" <<'END'
postal-mime {"name":"eve@[IPv6","group":[{"address":"","name":"1]"},{"address":"eve@[192.0.2.1]","name":""},{"address":"x,y@example.com","name":""},{"address":"a b@example.com","name":""},{"address":"bob @ example.com","name":""}]}
mailparser {"address":"eve@[IPv6:2001:db8::1]","name":""}
mailparser {"address":"eve@[192.0.2.1]","name":""}
mailparser {"address":"\"x,y\"@example.com","name":""}
mailparser {"address":"\"a b\"@example.com","name":""}
mailparser {"address":"bob@example.com","name":""}
Python's email eve@[IPv6:2001:db8::1]
Python's email eve@[192.0.2.1]
Python's email "x,y"@example.com
Python's email "a b"@example.com
Python's email bob@example.com
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
