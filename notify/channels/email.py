"""`kind: email`: a mail to every address in `to`, as text and as HTML.

Message-ID is made of the message's id, so that a second attempt is the same mail; the mails of one alert are a thread.
"""

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any

from domain.times import SECOND, datetime_of
from notify.channels import DeliveryError, Message, Surroundings, channels
from notify.deadline import within
from notify.email_body import EmailBody, email_body

PORTS = {"plain": 25, "starttls": 587, "tls": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and how."""

    host: str
    port: int
    security: str  # plain | starttls | tls
    login: tuple[str, str] | None

    def connect(self, call: "_Call", timeout: float) -> smtplib.SMTP:
        """Return a connection. Raises OSError or SMTPException."""
        if self.security == "tls":
            return _Tls(call, self.host, self.port, timeout=timeout, context=ssl.create_default_context())
        return _Plain(call, self.host, self.port, timeout=timeout)

    def enter(self, smtp: smtplib.SMTP) -> None:
        """Secure the connection and log in. Raises OSError or SMTPException."""
        if self.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if self.login is not None:
            smtp.login(*self.login)


@dataclass(slots=True)
class _Call:
    """A connection that another thread may break."""

    smtp: smtplib.SMTP | None = None
    refused: Mapping[str, tuple[int, bytes]] = field(default_factory=dict)

    def abort(self) -> None:
        sock = getattr(self.smtp, "sock", None)
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Plain(smtplib.SMTP):
    """A connection that is known to the call while it is being made."""

    def __init__(self, call: _Call, *where: Any, **how: Any) -> None:
        call.smtp = self
        super().__init__(*where, **how)


class _Tls(smtplib.SMTP_SSL):
    """The same over TLS."""

    def __init__(self, call: _Call, *where: Any, **how: Any) -> None:
        call.smtp = self
        super().__init__(*where, **how)


@dataclass(frozen=True, slots=True)
class Email:
    """Some addresses and the server that takes mail for them."""

    server: Server
    sender: str
    to: Sequence[str]
    surroundings: Surroundings

    def send(self, message: Message) -> None:
        """Hand the mail over. Raises DeliveryError."""
        call = _Call()
        mail = self._mail(message)
        try:
            within(self.surroundings.timeout, lambda: self._hand_over(call, mail), call.abort)
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryError(f"refused {_named(error.recipients)}") from None
        except smtplib.SMTPResponseException as error:
            # Of these only the answer to DATA speaks of this very mail; the others a person can repair.
            final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
            raise DeliveryError(f"answered {_answer(error.smtp_code, error.smtp_error)}", permanent=final) from None
        except smtplib.SMTPException as error:
            raise DeliveryError(f"no mail: {_first_line(str(error)) or type(error).__name__}") from None
        except (OSError, ValueError) as error:
            raise DeliveryError(f"no connection: {str(error) or type(error).__name__}") from None
        _check(call.refused)

    def _hand_over(self, call: _Call, mail: EmailMessage) -> None:
        with self.server.connect(call, 2 * self.surroundings.timeout / SECOND) as smtp:
            self.server.enter(smtp)
            call.refused = smtp.send_message(mail, self.sender, list(self.to))

    def _mail(self, message: Message) -> EmailMessage:
        written = email_body(message)
        domain = self.sender.rpartition("@")[2]
        mail = EmailMessage(SMTP)
        mail["Subject"] = written.subject
        mail["From"] = Address("coldchain", addr_spec=self.sender)
        mail["To"] = [Address(addr_spec=address) for address in self.to]
        mail["Date"] = format_datetime(datetime_of(self.surroundings.clock()))
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        if message.thread is not None:
            mail["In-Reply-To"] = mail["References"] = f"<{message.thread}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(written.text)
        mail.add_alternative(html(written), subtype="html")
        return mail


def html(written: EmailBody) -> str:
    """Return the mail as HTML that needs nothing from outside."""
    link = escape(written.link or "")
    parts = [
        f'<p style="font-size:1.15em"><strong>{escape(written.sentence)}</strong></p>',
        _table(written.facts),
        _table(written.lots),
        f'<p><a href="{link}">{link}</a></p>' if link else "",
    ]
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html><body style="font-family:sans-serif">\n{body}\n</body></html>\n'


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="padding-right:1.5em">{escape(what)}</td><td>{escape(said)}</td></tr>\n' for what, said in rows
    )
    return f"<table>\n{cells}</table>" if rows else ""


@channels.register("email")
def build(entry: Mapping[str, Any], surroundings: Surroundings) -> Email:
    """Read the entry. Raises DeliveryError; a person can repair it."""
    host = str(entry.get("server") or "localhost")
    security = str(entry.get("security") or ("plain" if host == "localhost" else "starttls"))
    server = Server(host, int(entry.get("port") or PORTS[security]), security, _login(entry, surroundings))
    sender = str(entry.get("from") or f"coldchain@{socket.gethostname()}")
    return Email(server, sender, tuple(entry["to"]), surroundings)


def _login(entry: Mapping[str, Any], surroundings: Surroundings) -> tuple[str, str] | None:
    user, named = entry.get("user"), entry.get("secret_file")
    if not user or not named:
        return None
    login = str(user), surroundings.secret(str(named)).decode(errors="replace")
    if not all(text.isascii() for text in login):
        raise DeliveryError("its user or password has other signs than ASCII")
    return login


def _check(refused: Mapping[str, tuple[int, bytes]]) -> None:
    """Raise DeliveryError if the server took the mail for some addresses only.

    For those that it may take later, all get the mail again; for those that it will not take nobody does.
    """
    if refused:
        later = any(code < 500 for code, _ in refused.values())
        raise DeliveryError(f"told the others; refused {_named(refused)}", permanent=not later)


def _named(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address}: {_answer(*answer)}" for address, answer in sorted(refused.items()))


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {_first_line(text)}".strip()


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()
