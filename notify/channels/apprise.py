"""`kind: apprise`: any service that the library Apprise knows, by its URL.

The URL holds credentials: it may come from a `secret_file`, and nothing of it gets into errors or logs.
"""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import apprise

from domain.times import SECOND
from notify.channels import DeliveryError, Message, Surroundings, channels
from notify.deadline import within
from notify.email_body import email_body

# What the library says at lower levels holds whole URLs and bodies; what it speaks HTTP with logs addresses.
_log = logging.getLogger("apprise")
_log.propagate = False
_log.setLevel(logging.WARNING)
_log.addHandler(logging.NullHandler())
logging.getLogger("urllib3").setLevel(logging.WARNING)

_TYPES = {"info": apprise.NotifyType.INFO, "warning": apprise.NotifyType.WARNING}
_SHORTEST_SECRET = 3


@dataclass(frozen=True, slots=True)
class Apprise:
    """One service."""

    url: str
    surroundings: Surroundings

    def send(self, message: Message) -> None:
        """Send a message. Raises DeliveryError with what the service answered, without anything of the URL."""
        service = apprise.Apprise()
        if not service.add(self.url):
            raise DeliveryError(f"Apprise cannot use its url, {_shown(self.url)}")
        self._give_time(service)
        captured = _Captured()
        _log.addHandler(captured)
        try:
            within(self.surroundings.timeout, lambda: self._notify(service, message, captured), lambda: None)
        finally:
            _log.removeHandler(captured)

    def _give_time(self, service: apprise.Apprise) -> None:
        """Keep the library's own limits, 4 s for most services, from ending an attempt before ours does."""
        seconds = 2 * self.surroundings.timeout / SECOND
        for each in service:
            each.socket_connect_timeout = max(each.socket_connect_timeout, seconds)
            each.socket_read_timeout = max(each.socket_read_timeout, seconds)

    def _notify(self, service: apprise.Apprise, message: Message, captured: "_Captured") -> None:
        _attempt.set(captured)
        written = email_body(message)
        kind = _TYPES.get(message.alert.severity if message.alert else "info", apprise.NotifyType.FAILURE)
        done = message.event in ("ended", "unfounded")
        taken = service.notify(
            title=written.subject,
            body=written.text,
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=apprise.NotifyType.SUCCESS if done else kind,
        )
        if not taken:
            raise DeliveryError(without_secrets("; ".join(captured.lines), self.url) or "not taken by the service")


class _Captured(logging.Handler):
    """Keeps what the library warns of in one attempt, in whichever of its threads."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if _attempt.get() is self:
            self.lines.append(record.getMessage())


_attempt: ContextVar[_Captured | None] = ContextVar("attempt", default=None)


@channels.register("apprise")
def build(entry: Mapping[str, Any], surroundings: Surroundings) -> Apprise:
    """Read `url`, or the `secret_file` that holds it. Raises DeliveryError; a person can repair either."""
    named = entry.get("secret_file")
    url = surroundings.secret(str(named)).decode(errors="replace") if named else str(entry.get("url") or "")
    return Apprise(url, surroundings)


def without_secrets(text: str, url: str) -> str:
    """Return the text with `***` for every part of the URL but its scheme."""
    _, _, rest = url.partition("://")
    parts = {form for part in re.split(r"[/:@?&=,;#]+", rest) for form in (part, unquote(part))}
    for part in sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(part, "***")
    return text


def _shown(url: str) -> str:
    scheme, slashes, _ = url.partition("://")
    return f"{scheme}://***" if slashes and scheme.isalnum() else "***"
