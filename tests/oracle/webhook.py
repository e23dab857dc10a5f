"""Verifies deliveries with PyPI standardwebhooks and reads them with PyPI cloudevents.

stdin: [{"key": "whsec_...", "headers": {...}, "body": "..."}, ...]
stdout: for each {"refused": null | "why", "event": {...} | null}
"""
import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook, WebhookVerificationError


def verified(delivery):
    headers, body = delivery["headers"], delivery["body"]
    try:
        Webhook(delivery["key"]).verify(body, headers)
    except WebhookVerificationError as error:
        return {"refused": str(error), "event": None}
    event = from_http(HTTPMessage(headers=headers, body=body.encode()), JSONFormat())
    read = {
        "id": event.get_id(),
        "type": event.get_type(),
        "source": event.get_source(),
        "specversion": event.get_specversion(),
        "time": event.get_time().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": event.get_data(),
    }
    return {"refused": None, "event": read}


json.dump([verified(delivery) for delivery in json.load(sys.stdin)], sys.stdout)
