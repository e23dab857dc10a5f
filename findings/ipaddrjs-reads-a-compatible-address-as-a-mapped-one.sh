#!/usr/bin/env bash
# ipaddr.js reads ::192.0.2.1 as ::ffff:192.0.2.1, which is a different address.
#
# Date: 2026-11-30. Versions: ipaddr.js 2.5.0, ip-address 10.7.6 (npm); Node's URL, Python's ipaddress.
#
# RFC 4291 writes the last 32 bits of any IPv6 address in dotted form, if one likes: ::192.0.2.1 is ::c000:201.
#
# Guess: the notation of the last 32 bits changes no other bit. 64:ff9b::192.0.2.1 keeps its prefix, so "::" in
# front keeps its zeros.
#
# Seen: of ::192.0.2.1, and only of this prefix, ipaddr.js makes ::ffff:c000:201, with range "ipv4Mapped".
# ::c000:201, the same address in the usual form, is "unicast". ip-address, Node's URL and Python do not.
#
# Why it matters: ipaddr.js is what most of npm classifies addresses with. The two spellings of one indicator
# are two entries, of which one equals a third address; converted with toIPv4Address() it hits an IPv4 host
# that nobody named.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" ipaddr.js@2.5.0 ip-address@10.7.6

cat > "$dir/ask.mjs" <<'JS'
import ipaddr from 'ipaddr.js';
import { Address6 } from 'ip-address';

for (const text of ['::192.0.2.1', '::c000:201', '::ffff:192.0.2.1', '64:ff9b::192.0.2.1', '2001:db8::192.0.2.1']) {
  const read = ipaddr.parse(text);
  console.log(text, '| ipaddr.js', read.toString(), read.range(), '| ip-address', new Address6(text).correctForm(),
    '| URL', new URL(`http://[${text}]/`).hostname);
}
JS
node "$dir/ask.mjs" > "$dir/seen"
python3 -c 'import ipaddress; print("Python", int(ipaddress.ip_address("::192.0.2.1")) == 0xc0000201)' >> "$dir/seen"

cat > "$dir/expected" <<'END'
::192.0.2.1 | ipaddr.js ::ffff:c000:201 ipv4Mapped | ip-address ::c000:201 | URL [::c000:201]
::c000:201 | ipaddr.js ::c000:201 unicast | ip-address ::c000:201 | URL [::c000:201]
::ffff:192.0.2.1 | ipaddr.js ::ffff:c000:201 ipv4Mapped | ip-address ::ffff:c000:201 | URL [::ffff:c000:201]
64:ff9b::192.0.2.1 | ipaddr.js 64:ff9b::c000:201 rfc6052 | ip-address 64:ff9b::c000:201 | URL [64:ff9b::c000:201]
2001:db8::192.0.2.1 | ipaddr.js 2001:db8::c000:201 reserved | ip-address 2001:db8::c000:201 | URL [2001:db8::c000:201]
Python True
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
