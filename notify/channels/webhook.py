"""`kind: webhook`: POSTs JSON, signed with HMAC-SHA256 if the entry names a `secret_file`.

Coldchain-Signature: t=1767225600,v1=<hex of HMAC-SHA256(secret, "1767225600." + body)>
Idempotency-Key:     the message's id, the same at every attempt
"""

import asyncio
import hmac
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from domain.times import SECOND, format_duration
from notify.channels import DeliveryError, Message, Surroundings, channels

# Answers that speak of this very message. Others may be cured by repairing the receiver or the entry (even 401 and
# 404), so they are tried again.
PERMANENT_ANSWERS = {400, 405, 406, 410, 411, 413, 414, 415, 422, 431, 501}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver."""

    url: httpx.URL
    secret: bytes | None
    surroundings: Surroundings

    def send(self, message: Message) -> None:
        """POST it; any 2xx is success, a redirect is not followed. Raises DeliveryError."""
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            status = asyncio.run(self._post(body, self._headers(message, body)))
        except TimeoutError:
            raise DeliveryError(f"no answer within {format_duration(self.surroundings.timeout)}") from None
        except httpx.TransportError as error:
            raise DeliveryError(f"no connection: {str(error) or type(error).__name__}") from None
        _check(status)

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        # One deadline over everything: a receiver that drips a byte now and then never meets httpx's own timeouts.
        async with (
            asyncio.timeout(self.surroundings.timeout / SECOND),
            httpx.AsyncClient(follow_redirects=False, timeout=None, verify=_trusted()) as client,
            client.stream("POST", self.url, content=body, headers=headers) as response,
        ):
            return response.status_code  # the body is not read: nobody here has a use for it

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "coldchain",
            "Idempotency-Key": message.id,
            "Coldchain-Event": message.event,
        }
        if self.secret is not None:
            headers["Coldchain-Signature"] = signature(self.secret, self.surroundings.clock() // SECOND, body)
        return headers


@cache
def _trusted() -> ssl.SSLContext:
    """Read the certificates once; SSL_CERT_FILE and SSL_CERT_DIR can name others."""
    return httpx.create_ssl_context()


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return the header's value: the timestamp (seconds since the epoch) and what it and the body are signed with."""
    signed = hmac.digest(secret, b"%d.%b" % (timestamp, body), "sha256")
    return f"t={timestamp},v1={signed.hex()}"


@channels.register("webhook")
def build(entry: Mapping[str, Any], surroundings: Surroundings) -> Webhook:
    """Read `url` and `secret_file`. Raises DeliveryError; a person can repair either."""
    url = _url(str(entry.get("url") or ""))
    named = entry.get("secret_file")
    return Webhook(url, surroundings.secret(str(named)) if named else None, surroundings)


def _url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise DeliveryError("its url is no http:// or https:// address")
    return url


def _check(status: int) -> None:
    if 200 <= status < 300:
        return
    redirected = ", and redirects are not followed" if 300 <= status < 400 else ""
    raise DeliveryError(f"answered {status}{redirected}", permanent=status in PERMANENT_ANSWERS)
