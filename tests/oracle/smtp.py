"""A real mail server on loopback (aiosmtpd), which takes or refuses as it is told.

  smtp.py FOLDER SETTINGS

SETTINGS is JSON: cert, key (files); tls ("starttls", "implicit" or "none"); user, password; token
(the one that XOAUTH2 takes); and answers to "greeting", "mail" and "data" (lists, one answer for each
time, null for yes, "cut" to hang up after the mail was taken) and "rcpt" (such lists by address).
Prints {"port"} when it listens. What happens is written to FOLDER/journal.jsonl before it is answered,
each mail taken to FOLDER/0001.eml and so on.
"""
import asyncio
import base64
import hashlib
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Server(SMTP):
    """Names its refusals of a connection."""

    async def _handle_client(self):
        refusal = self.event_handler.answer("greeting")
        if refusal:
            await self.push(refusal)
            self.transport.close()
            return
        await super()._handle_client()


class Handler:
    def __init__(self, folder, settings):
        self.folder, self.settings, self.mails = folder, settings, 0
        self.lists = {
            key: list(settings.get(key, [])) for key in ("greeting", "mail", "data")
        }
        self.rcpt = {key: list(some) for key, some in settings.get("rcpt", {}).items()}

    def answer(self, what):
        return self.lists[what].pop(0) if self.lists[what] else None

    def note(self, server, what, **more):
        cipher = server.transport.get_extra_info("cipher") if server.transport else None
        line = {"what": what, "tls": cipher[1] if cipher else None, **more}
        with open(os.path.join(self.folder, "journal.jsonl"), "a") as journal:
            journal.write(json.dumps(line) + "\n")

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.note(server, "ehlo", name=hostname)
        return responses

    async def handle_QUIT(self, server, session, envelope):
        self.note(server, "quit")
        return "221 2.0.0 Bye"

    async def handle_MAIL(self, server, session, envelope, address, options):
        refusal = self.answer("mail")
        self.note(server, "mail", address=address, options=options, refusal=refusal)
        if refusal:
            return refusal
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusals = self.rcpt.get(address)
        refusal = refusals.pop(0) if refusals else None
        self.note(server, "rcpt", address=address, refusal=refusal)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        refusal = self.answer("data")
        digest = hashlib.sha256(envelope.content).hexdigest()
        self.note(server, "data", sha256=digest, to=envelope.rcpt_tos, refusal=refusal)
        if refusal and refusal != "cut":
            return refusal
        self.mails += 1
        with open(os.path.join(self.folder, "%04d.eml" % self.mails), "wb") as file:
            file.write(envelope.content)
        if refusal:
            server.transport.abort()
        return "250 2.0.0 Taken"

    def login(self, server, session, envelope, mechanism, data):
        login, password = data.login.decode(), data.password.decode()
        wanted = (self.settings.get("user"), self.settings.get("password"))
        taken = (login, password) == wanted
        self.note(server, "auth", mechanism=mechanism, login=login, taken=taken)
        return AuthResult(success=taken, handled=False, auth_data=login)

    async def auth_XOAUTH2(self, server, args):
        """Google's "XOAUTH2 Mechanism": a refusal is a challenge, an empty answer, and then a no."""
        user, token = None, None
        for part in base64.b64decode(args[1]).decode().split("\x01"):
            if part.startswith("user="):
                user = part[len("user="):]
            if part.startswith("auth=Bearer "):
                token = part[len("auth=Bearer "):]
        taken = user == self.settings["user"] and token == self.settings["token"]
        self.note(server, "auth", mechanism="XOAUTH2", login=user, taken=taken)
        if taken:
            return AuthResult(success=True, handled=False, auth_data=user)
        answer = await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        self.note(server, "challenged", answer=answer.decode())
        refused = "535 5.7.3 Authentication unsuccessful"
        return AuthResult(success=False, handled=False, message=refused)


async def main():
    folder, settings = sys.argv[1], json.loads(sys.argv[2])
    handler, tls = Handler(folder, settings), settings["tls"]
    context = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["cert"], settings["key"])
    needs_login = "user" in settings
    mechanisms = ("XOAUTH2",) if "token" not in settings else ("PLAIN", "LOGIN")

    def server():
        return Server(
            handler,
            hostname="mail.example",
            ident="mail",
            enable_SMTPUTF8=False,
            data_size_limit=settings.get("size", 33554432),
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=needs_login,
            auth_require_tls=tls == "starttls",
            auth_exclude_mechanism=mechanisms,
            authenticator=handler.login if needs_login else None,
        )

    loop = asyncio.get_running_loop()
    implicit = context if tls == "implicit" else None
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=implicit)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    # Until whoever started it goes away, or ends it.
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
