"""Who may post: each way of proving to know the secret, right and wrong."""

import base64
import hashlib
import hmac
import json

import pytest

from domain.errors import UnauthenticatedError
from ingest.http.authentication import authenticate

SECRET, BODY, NOW = "s3cret", b'{"event":{}}', 1_767_225_600.0
USER = "monnit:s3cret"


def basic(text: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def jwt(claims: dict[str, object], secret: str = SECRET, algorithm: str = "HS256") -> dict[str, str]:
    signed = f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims)}"
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return {"x-dt-signature": f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"}


GOOD = {"exp": NOW + 60, "checksum_sha256": hashlib.sha256(BODY).hexdigest()}
SIGNATURE = hmac.digest(SECRET.encode(), BODY, "sha256")


@pytest.mark.parametrize(
    ("kind", "secret", "headers"),
    [
        ("token", SECRET, {"authorization": f"Bearer {SECRET}"}),
        ("token", SECRET, {"authorization": f"bearer  {SECRET} "}),
        ("token", SECRET, {"x-api-token": SECRET}),
        ("token", SECRET, {"x-api-key": SECRET}),
        ("token", "käse", {"token": "käse"}),
        ("basic", USER, basic(USER)),
        ("hmac", SECRET, {"x-hub-signature-256": "sha256=" + SIGNATURE.hex()}),
        ("hmac", SECRET, {"x-signature": SIGNATURE.hex().upper()}),
        ("hmac", SECRET, {"x-signature-256": base64.b64encode(SIGNATURE).decode()}),
        ("jwt", SECRET, jwt(GOOD)),
        ("jwt", SECRET, jwt({"exp": NOW - 299, "checksum_sha256": GOOD["checksum_sha256"]})),
        ("jwt", SECRET, jwt({"exp": NOW, "checksum": hashlib.sha1(BODY, usedforsecurity=False).hexdigest()})),
    ],
)
def test_what_proves_it_is_let_through(kind: str, secret: str, headers: dict[str, str]) -> None:
    authenticate(kind, secret, headers, BODY, NOW)


@pytest.mark.parametrize(
    ("kind", "headers", "why"),
    [
        ("token", {}, "a token is needed: Authorization: Bearer …, or X-Api-Token"),
        ("token", basic(USER), "a token is needed: Authorization: Bearer …, or X-Api-Token"),
        ("token", {"authorization": "Bearer "}, "wrong token"),
        ("token", {"x-api-token": SECRET + "x"}, "wrong token"),
        ("token", {"x-api-token": "\udc80"}, "wrong token"),
        ("basic", {}, "user and password are needed: Authorization: Basic …"),
        ("basic", {"authorization": "Basic %%%"}, "user and password cannot be read"),
        ("basic", {"authorization": "Basic /w=="}, "user and password cannot be read"),
        ("basic", basic("monnit:other"), "wrong user or password"),
        ("hmac", {}, "a signature of the body is needed: X-Signature-256"),
        ("hmac", {"x-signature": "00" * 32}, "the signature is not that of this body"),
        ("jwt", {}, "a signed token is needed: X-Dt-Signature"),
        ("jwt", {"x-dt-signature": "a.b.c"}, "the token cannot be read"),
        ("jwt", {"x-dt-signature": ""}, "the token cannot be read"),
        ("jwt", {"x-dt-signature": f"{encoded([1])}.x.y"}, "the token cannot be read"),
        ("jwt", jwt(GOOD, algorithm="none"), "the token is not signed by HS256"),
        ("jwt", jwt(GOOD, secret="other"), "the token is signed with another secret"),
        ("jwt", jwt({**GOOD, "exp": NOW - 301}), "the token has expired"),
        ("jwt", jwt({**GOOD, "exp": float("nan")}), "the token has expired"),
        ("jwt", jwt({"checksum_sha256": GOOD["checksum_sha256"]}), "the token has expired"),
        ("jwt", jwt({"exp": NOW}), "the token is that of another body"),
        (
            "jwt",
            jwt({**GOOD, "checksum_sha256": hashlib.sha256(b"{}").hexdigest()}),
            "the token is that of another body",
        ),
    ],
)
def test_what_does_not_is_refused_with_the_reason(kind: str, headers: dict[str, str], why: str) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        authenticate(kind, USER if kind == "basic" else SECRET, headers, BODY, NOW)
    assert str(refused.value) == why
