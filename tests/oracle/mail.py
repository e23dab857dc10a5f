"""What mails are to programs of others: Python's own parser, mail-parser and html5lib.

Reads file names as a JSON list, and writes for each {headers, tree, text, html, csv, name, defects,
longest, ascii, recipients}; html is {text, elements: [[name, {attribute: value}], …], hidden}, where
hidden has the styles that hide an element or its text (rspamd 3.4 counts them against a mail).
"""
import email
import email.policy
import json
import re
import sys

import html5lib
import mailparser


def tree(part):
    if part.is_multipart():
        return [part.get_content_type(), [tree(each) for each in part.iter_parts()]]
    return part.get_content_type()


def defects(part):
    found = [type(defect).__name__ for defect in part.defects]
    for _, value in part.items():
        found += [type(defect).__name__ for defect in value.defects]
    for each in part.iter_parts():
        found += defects(each)
    return found


HIDES = re.compile(
    r"display:none|visibility:hidden|mso-hide|max-height:0|opacity:0|font-size:[0-7](px|pt)?(;|$)"
    r"|line-height:0|text-indent:-|color:(#fff(fff)?|transparent|white)"
)


def hides(attributes):
    style = re.sub(r"background-color:[^;]*|\s", "", attributes.get("style", ""))
    return "hidden" in attributes or bool(HIDES.search(style))


def parsed_html(source):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(source)
    elements, texts = [], []

    def walk(node, hidden):
        if not isinstance(node.tag, str):
            return
        elements.append([node.tag, dict(node.attrib)])
        hidden = hidden or node.tag in ("style", "title")
        if node.text and not hidden:
            texts.append(node.text)
        for child in node:
            walk(child, hidden)
            if child.tail and not hidden:
                texts.append(child.tail)

    walk(document, False)
    errors = [code for _, code, _ in parser.errors]
    hidden = [element for element in elements if hides(element[1])]
    return {"text": "\n".join(texts), "elements": elements, "errors": errors, "hidden": hidden}


def of(path):
    with open(path, "rb") as file:
        raw = file.read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    answer = {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "recipients": [str(address) for address in mail["to"].addresses],
        "tree": tree(mail),
        "defects": defects(mail),
        "longest": max(len(line) for line in raw.split(b"\r\n")),
        "bare": raw.replace(b"\r\n", b"").count(b"\r") + raw.replace(b"\r\n", b"").count(b"\n"),
        "ascii": raw.isascii(),
    }
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "text/csv":
            answer["csv"] = part.get_payload(decode=True).decode()
            answer["name"] = part.get_filename()
        elif kind == "text/html":
            answer["html"] = parsed_html(part.get_content())
            answer["html_bytes"] = len(part.get_content().encode())
        elif kind == "text/plain":
            answer["text"] = part.get_content()
    second = mailparser.parse_from_bytes(raw)
    answer["second"] = {
        "defects": sorted(second.defects_categories),
        "subject": second.subject,
        "message_id": second.message_id,
        "to": second.to,
        "text": "".join(second.text_plain),
        "attachments": [
            [each["filename"], each["mail_content_type"], each["payload"], each["binary"]]
            for each in second.attachments
        ],
    }
    return answer


json.dump([of(path) for path in json.load(sys.stdin)], sys.stdout)
