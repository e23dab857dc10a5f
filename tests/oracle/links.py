"""What programs that make links of text would make one of: bleach, urlextract, linkify-it-py and
Jinja2; with "long" also Django and urlscan, which reads mail for mutt.

Argument: "fast" or "long". stdin: [{"name", "kind": "text" | "markdown" | "html", "text"}, ...]
stdout: [{"judge", "output", "line", "link"}, ...], each line of text once.
"""

import html
import json
import re
import sys

import html5lib
from bleach.linkifier import Linker
from jinja2.utils import urlize
from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS
from urlextract import URLExtract

HREF = re.compile(r'<a [^>]*?href="([^"]*)"')


def hrefs(markup):
    return [html.unescape(link) for link in HREF.findall(markup)]


def judges(lane):
    linker = Linker(parse_email=True)
    extract = URLExtract(extract_email=True, extract_localhost=True)
    options = {"fuzzy_ip": True, "fuzzy_link": True, "fuzzy_email": True}
    linkify = LinkifyIt(options=options).tlds(TLDS)
    all = {
        "bleach": lambda line: hrefs(linker.linkify(html.escape(line))),
        "urlextract": extract.find_urls,
        "linkify-it-py": lambda line: [match.url for match in linkify.match(line) or []],
        "Jinja2": lambda line: hrefs(urlize(line)),
    }
    if lane == "long":
        from django.conf import settings

        settings.configure()
        from django.utils.html import urlize as django
        from urlscan.urlscan import parse_text_urls

        all["Django"] = lambda line: hrefs(str(django(line, autoescape=True)))
        all["urlscan"] = lambda line: [chunk.url for chunk in parse_text_urls(line) if chunk.url]
    return all


def lines(output):
    text = output["text"]
    if output["kind"] == "html":
        page = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
        text = "\n".join(page.find("body").itertext())
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def main():
    looked, found, all = set(), [], judges(sys.argv[1])
    for output in json.load(sys.stdin):
        if output["kind"] == "markdown":
            continue
        for line in lines(output):
            if line in looked:
                continue
            looked.add(line)
            for judge, links in all.items():
                for link in links(line):
                    found.append({"judge": judge, "output": output["name"], "line": line, "link": link})
    json.dump(found, sys.stdout)


main()
