"""What rspamd and SpamAssassin think of mails, and how w3m and elinks show their HTML.

Reads file names as a JSON list, and writes for each {rspamd: {symbol: score}, spamassassin: {rule:
score}, w3m, elinks}. Neither filter is let onto the network: SpamAssassin runs with -L, rspamd without
the modules that ask somebody, and both are to be run where there is loopback only.
"""
import email
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

PORT = 11333
# What asks other hosts, keeps things between mails, or acts on them.
OFF = """antivirus arc asn aws_s3 bimi clickhouse dcc dkim dkim_signing dmarc elastic external_relay
external_services fuzzy_check greylist history_redis metadata_exporter metric_exporter milter_headers
mx_check neural p0f ratelimit rbl redis replies reputation rspamd_update spf surbl url_redirector
whitelist""".split()
OURS = {
    "options.inc": 'filters = "chartable,regexp";\n'
    'dns { nameserver = ["127.0.0.1:53"]; timeout = 0.1s; retransmits = 1; }\n',
    "logging.inc": 'type = "console"; level = "error";\n',
    "worker-normal.inc": "count = 1;\n",
    **{f"worker-{name}.inc": "enabled = false; count = 0;\n" for name in ("controller", "proxy", "fuzzy")},
    **{f"{name}.conf": "enabled = false;\n" for name in OFF},
}


def start_rspamd(folder):
    for name in ("conf/override.d", "conf/local.d", "db", "run", "log"):
        os.makedirs(os.path.join(folder, name))
    for name, text in OURS.items():
        with open(os.path.join(folder, "conf/override.d", name), "w") as file:
            file.write(text)
    places = {"LOCAL_CONFDIR": "conf", "DBDIR": "db", "RUNDIR": "run", "LOGDIR": "log"}
    variables = [f"--var={name}={folder}/{place}" for name, place in places.items()]
    log = open(os.path.join(folder, "log/words"), "w")
    command = ["rspamd", "--insecure", "--no-fork", "--config=/etc/rspamd/rspamd.conf", *variables]
    daemon = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            return daemon
        except OSError:
            time.sleep(0.1)
    daemon.kill()
    sys.exit("rspamd does not listen: " + open(log.name).read()[-2000:])


def rspamd(path):
    out = subprocess.run(
        ["rspamc", "--json", "--connect", f"127.0.0.1:{PORT}", "symbols", path],
        check=True, capture_output=True, text=True,
    ).stdout
    answer = json.loads(out[out.index("{"):])
    return {name: symbol["score"] for name, symbol in answer["symbols"].items()}


def spamassassin(path):
    out = subprocess.run(
        ["spamassassin", "-L", "-t", "-x"], stdin=open(path, "rb"), capture_output=True
    ).stdout.decode("utf-8", "replace")
    report = out[out.rindex("Content analysis details"):]
    found = re.findall(r"^ *(-?\d+\.\d+) ([A-Z0-9_]+)", report, re.M)
    return {rule: float(score) for score, rule in found}


def drawn(program, path):
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    html = mail.get_body(("html",)).get_content()
    command = {
        "w3m": ["w3m", "-dump", "-cols", "160", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8"],
        "elinks": ["elinks", "-dump", "-dump-width", "160", "-dump-charset", "UTF-8", "-force-html"],
    }[program]
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(html)
        file.flush()
        source = [file.name] if program == "elinks" else []
        run = subprocess.run(command + source, input=html.encode(), capture_output=True)
    return run.stdout.decode("utf-8", "replace")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        daemon = start_rspamd(folder)
        try:
            answer = [
                {
                    "rspamd": rspamd(path),
                    "spamassassin": spamassassin(path),
                    "w3m": drawn("w3m", path),
                    "elinks": drawn("elinks", path),
                }
                for path in json.load(sys.stdin)
            ]
        finally:
            daemon.terminate()
            daemon.wait()
    json.dump(answer, sys.stdout)


main()
