"""Whether a POST comes from whom its source trusts: by the ways in which vendors' clouds and gateways prove it. Pure.

- `token`: the secret itself, as `Authorization: Bearer …` or in one of the headers that gateways have for it;
- `basic`: user and password, `user:password` in the secret file;
- `hmac`: SHA-256 of the body with the secret as key, in hexadecimal or base64;
- `jwt`: a signed token (HS256) with a checksum of the body, as Disruptive Technologies sends it.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from domain.errors import UnauthenticatedError

_TOKEN_HEADERS = ("x-api-token", "x-api-key", "x-auth-token", "token")
_SIGNATURE_HEADERS = ("x-hub-signature-256", "x-signature-256", "x-signature")
_JWT_HEADERS = ("x-dt-signature", "x-jwt-signature")
# A signed token counts so long after its time: clocks of servers differ.
_LEEWAY_S = 300

# How formats' senders prove who they are, where the source does not say it.
PRESETS = {"disruptive_webhook": "jwt", "monnit_webhook": "basic"}
PRESET = "token"


def authenticate(kind: str, secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Return for a POST that proves to know the secret. `headers` have names in lower case.

    Raises UnauthenticatedError naming what is missing or wrong, and nothing of the secret.
    """
    _KINDS[kind](secret, headers, body, now_s)


def _token(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    given = [bearer.strip()] if scheme.lower() == "bearer" else []
    given += [headers[name].strip() for name in _TOKEN_HEADERS if name in headers]
    if not given:
        raise UnauthenticatedError("a token is needed: Authorization: Bearer …, or X-Api-Token")
    if not any(_same(secret, each) for each in given):
        raise UnauthenticatedError("wrong token")


def _basic(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise UnauthenticatedError("user and password are needed: Authorization: Basic …")
    try:
        given = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise UnauthenticatedError("user and password cannot be read") from None
    if not _same(secret, given):
        raise UnauthenticatedError("wrong user or password")


def _hmac(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    given = next((headers[name] for name in _SIGNATURE_HEADERS if name in headers), None)
    if given is None:
        raise UnauthenticatedError("a signature of the body is needed: X-Signature-256")
    signature = hmac.digest(secret.encode(), body, "sha256")
    plain = given.strip().removeprefix("sha256=")
    if not (_same(signature.hex(), plain.lower()) or _same(base64.b64encode(signature).decode(), plain)):
        raise UnauthenticatedError("the signature is not that of this body")


def _jwt(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    given = next((headers[name] for name in _JWT_HEADERS if name in headers), None)
    if given is None:
        raise UnauthenticatedError("a signed token is needed: X-Dt-Signature")
    head, _, rest = given.strip().partition(".")
    claims, _, signature = rest.partition(".")
    # The algorithm is ours to say: a token that asks for none, or for another, is not verified by it.
    if _decoded(head).get("alg") != "HS256":
        raise UnauthenticatedError("the token is not signed by HS256")
    expected = hmac.digest(secret.encode(), f"{head}.{claims}".encode(), "sha256")
    if not _same(base64.urlsafe_b64encode(expected).decode().rstrip("="), signature.rstrip("=")):
        raise UnauthenticatedError("the token is signed with another secret")
    _check_claims(_decoded(claims), body, now_s)


def _check_claims(claims: dict[str, Any], body: bytes, now_s: float) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not now_s <= expires + _LEEWAY_S:
        raise UnauthenticatedError("the token has expired")
    checksum = claims.get("checksum_sha256")
    digest = hashlib.sha256(body).hexdigest()
    if checksum is None:  # what older connectors send; the token is signed, so nobody can choose it
        checksum, digest = claims.get("checksum"), hashlib.sha1(body, usedforsecurity=False).hexdigest()
    if not isinstance(checksum, str) or not _same(digest, checksum.lower()):
        raise UnauthenticatedError("the token is that of another body")


def _decoded(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise UnauthenticatedError("the token cannot be read") from None
    if not isinstance(found, dict):
        raise UnauthenticatedError("the token cannot be read")
    return found


def _same(ours: str, given: str) -> bool:
    """Compare in a time that says nothing of how much is the same."""
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "surrogatepass"))


_KINDS: Mapping[str, Callable[[str, Mapping[str, str], bytes, float], None]] = {
    "token": _token,
    "basic": _basic,
    "hmac": _hmac,
    "jwt": _jwt,
}
