"""What stands at the other end: a mail server and a webhook, on this machine, for tests of deliveries."""

from __future__ import annotations

import base64
import email
import email.policy
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@dataclass
class MailBox:
    """A mail server: ``answers`` are given to the ends of messages in turn, then 250."""

    port: int
    answers: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)


@contextmanager
def mail_box(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, password: str | None = None
) -> Iterator[MailBox]:
    """A server that speaks as much SMTP (RFC 5321) as is needed; STARTTLS where ``tls`` is given."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.secure = False
            if implicit:
                self._encrypt()
            self._say("220 test")
            while line := self.rfile.readline():
                command, _, rest = line.decode().strip().partition(" ")
                answer = getattr(self, f"on_{command.lower()}", None)
                if answer is None:
                    self._say("502 no")
                elif answer(rest) is False:
                    return

        def _encrypt(self) -> None:
            assert tls is not None
            self.connection = tls.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.secure = True

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        def on_ehlo(self, _: str) -> None:
            offers = ["250-test"]
            if tls is not None and not self.secure:
                offers.append("250-STARTTLS")
            if password is not None:
                offers.append("250-AUTH PLAIN")
            self._say(*offers, "250 8BITMIME")

        def on_starttls(self, _: str) -> None:
            self._say("220 go")
            self._encrypt()

        def on_auth(self, rest: str) -> None:
            given = base64.b64decode(rest.split()[1]).decode().split("\0")
            box.logins.append(given[1])
            self._say("235 welcome" if given[2] == password else "535 5.7.8 wrong login")

        def on_mail(self, _: str) -> None:
            self._say("250 ok")

        def on_rcpt(self, rest: str) -> None:
            self._say("550 no such user" if "nobody@" in rest else "250 ok")

        def on_data(self, _: str) -> bool | None:
            self._say("354 send")
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            answer = box.answers.pop(0) if box.answers else "250 taken"
            if answer.startswith("250"):
                box.raw.append(b"".join(lines))
                box.messages.append(email.message_from_bytes(box.raw[-1], policy=email.policy.default))
                box.over_tls.append(self.secure)
            if answer == "250 hang up":
                self.connection.shutdown(socket.SHUT_RDWR)
                return False
            self._say(answer)
            return None

        def on_rset(self, _: str) -> None:
            self._say("250 ok")

        def on_quit(self, _: str) -> bool:
            self._say("221 bye")
            return False

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True

        def handle_error(self, *_: object) -> None:
            """A client that does not like our certificate hangs up."""

    with Server(("127.0.0.1", 0), Session) as server:
        box = MailBox(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield box
        server.shutdown()


@dataclass
class Hook:
    """A webhook: ``answers`` are given in turn, then 204; ``posts`` are headers in lower case, body and path."""

    url: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes, str]] = field(default_factory=list)


@contextmanager
def hook_server() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            found.posts.append(({k.lower(): v for k, v in self.headers.items()}, body, self.path))
            status, headers = found.answers.pop(0) if found.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Hook(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        server.shutdown()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The context of a server on ``127.0.0.1`` and that of a client which trusts it."""
    if shutil.which("openssl") is None:
        pytest.skip("NO OPENSSL: no certificate can be made, mail over TLS is not tested")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", cert, *named], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=cert)
