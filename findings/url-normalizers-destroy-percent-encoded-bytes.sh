#!/usr/bin/env bash
# furl and normalize-url turn %E4 in a query into %EF%BF%BD, and so make different URLs equal.
#
# Date: 2026-11-30. Versions: furl 2.1.4, w3lib 2.5.0, yarl 1.25.1, url-normalize 3.1.0, hyperlink 21.0.0 (PyPI),
# normalize-url 9.0.1 (npm).
#
# A percent-encoded byte need not be UTF-8: RFC 3986 leaves the character set to the server, and older sites use
# %E4 for "ä".
#
# Guess: a library that normalizes or rewrites URLs changes the spelling (%e4 to %E4), and never the bytes.
#
# Seen: w3lib, yarl and url-normalize keep %E4. furl, from just reading and writing the URL, and normalize-url, in
# the query, put the replacement character there: "?q=%E4" and "?q=%F6" become the same URL. hyperlink raises.
#
# Why it matters: normalizing comes before comparing and removing duplicates. Two pages become one, and the URL
# that is stored opens neither. Links in phishing often carry encoded bytes that are no UTF-8.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check furl==2.1.4 w3lib==2.5.0 yarl==1.25.1 \
  url-normalize==3.1.0 hyperlink==21.0.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" normalize-url@9.0.1

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
from furl import furl
from hyperlink import parse
from url_normalize import url_normalize
from w3lib.url import canonicalize_url
from yarl import URL

for url in ("https://example.com/?q=%E4", "https://example.com/?q=%F6", "https://example.com/%E4"):
    print(url, "| w3lib", canonicalize_url(url), "| yarl", URL(url), "| url-normalize", url_normalize(url),
          "| furl", furl(url).url)
    try:
        print("   hyperlink", parse(url).normalize().to_text())
    except UnicodeDecodeError as error:
        print("   hyperlink", type(error).__name__)
PY

cat > "$dir/ask.mjs" <<'JS'
import normalizeUrl from 'normalize-url';

for (const url of ['https://example.com/?q=%E4', 'https://example.com/?q=%F6', 'https://example.com/%E4']) {
  console.log(url, '| normalize-url', normalizeUrl(url));
}
JS
node "$dir/ask.mjs" >> "$dir/seen"

cat > "$dir/expected" <<'END'
https://example.com/?q=%E4 | w3lib https://example.com/?q=%E4 | yarl https://example.com/?q=%E4 | url-normalize https://example.com/?q=%E4 | furl https://example.com/?q=%EF%BF%BD
   hyperlink UnicodeDecodeError
https://example.com/?q=%F6 | w3lib https://example.com/?q=%F6 | yarl https://example.com/?q=%F6 | url-normalize https://example.com/?q=%F6 | furl https://example.com/?q=%EF%BF%BD
   hyperlink UnicodeDecodeError
https://example.com/%E4 | w3lib https://example.com/%E4 | yarl https://example.com/%E4 | url-normalize https://example.com/%E4 | furl https://example.com/%EF%BF%BD
   hyperlink UnicodeDecodeError
https://example.com/?q=%E4 | normalize-url https://example.com/?q=%EF%BF%BD
https://example.com/?q=%F6 | normalize-url https://example.com/?q=%EF%BF%BD
https://example.com/%E4 | normalize-url https://example.com/%E4
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
