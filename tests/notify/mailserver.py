"""A real SMTP server on a free port that answers as it is told and remembers what came."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

USER, PASSWORD = "coldchain", "hunter2 %;"


@dataclass
class Mailbox:
    """`answers`: what is said to DATA in turn, the last one for ever; `refused`: what is said to an address."""

    answers: list[str] = field(default_factory=lambda: ["250 taken"])
    refused: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    users: list[Any] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        self.envelopes.append(envelope)
        self.users.append(session.auth_data)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data.login.decode() if right else None)


class _FreePort(Controller):
    """On whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(box: Mailbox, security: str = "plain", certificate: Path | None = None) -> Iterator[Mailbox]:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    more: dict[str, Any] = {"ssl_context": context} if security == "tls" else {}
    if security == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    controller = _FreePort(
        box,
        hostname="127.0.0.1",
        port=0,
        authenticator=authenticate,
        auth_require_tls=False,
        ready_timeout=60,
        **more,
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop(no_assert=True)


def certificate_for_localhost(folder: Path) -> Path:
    """Make a certificate and its key in one file."""
    path = folder / "localhost.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(path), "-out", str(folder / "only.crt")),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + (folder / "only.crt").read_text())
    return path
