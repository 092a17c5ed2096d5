"""API tokens: made, listed, revoked, recognised. At rest there is only the SHA-256 of 256 random bits."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from api.people import roles
from domain.errors import ConflictError, InvalidError, NotFoundError, UnauthenticatedError
from store import state
from store.people import find_person

PREFIX = "cc_"
ROLES = tuple(roles.ROLES)
_SHAPE = re.compile(r"cc_[A-Za-z0-9_-]{43}", re.ASCII)
_NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Token:
    """Who a token stands for."""

    id: str
    name: str
    role: str
    client: str | None
    created_at: int
    revoked_at: int | None = None


def add_token(connection: Connection, name: str, role: str, client: str | None, now: int) -> tuple[Token, str]:
    """Store a new token and return it with its secret, which is nowhere else.

    Raises InvalidError for a role or client that does not exist, ConflictError for a name in use.
    """
    _check(connection, name, role, client)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(f"t_{secrets.token_hex(4)}", name, role, client, now)
    row = {"id": token.id, "name": name, "role": role, "client": client, "hash": _hash(secret), "created_at": now}
    state.add_token(connection, row)
    return token, secret


def _check(connection: Connection, name: str, role: str, client: str | None) -> None:
    if not name.strip():
        raise InvalidError("a token needs a name")
    if role not in ROLES:
        raise InvalidError(f"unknown role {role!r}; known: {', '.join(ROLES)}")
    if (role == "client") != (client is not None):
        raise InvalidError("a token of role client needs a client, one of another role has none")
    if client is not None:
        known = [entry.doc["id"] for entry in state.load_entries(connection, "client")]
        if client not in known:
            raise InvalidError(f"no client {client!r}; known: {', '.join(known) or 'none'}")
    if any(token.name == name and token.revoked_at is None for token in list_tokens(connection)):
        raise ConflictError(f"a token named {name!r} is in use; revoke it first")
    if find_person(connection, name.strip().lower()) is not None:
        raise ConflictError(f"there is a person {name!r}; the record must tell them apart")


def list_tokens(connection: Connection) -> Sequence[Token]:
    """Return all tokens, revoked ones too, oldest first."""
    return [_token(row) for row in state.list_tokens(connection)]


def revoke_token(connection: Connection, which: str, now: int) -> Token:
    """Revoke the token in force with this id or name. Raises NotFoundError."""
    for token in list_tokens(connection):
        if token.revoked_at is None and which in (token.id, token.name):
            state.revoke_token(connection, token.id, now)
            return token
    raise NotFoundError(f"no active token {which!r}")


def recognise(connection: Connection, secret: str) -> Token:
    """Return the token in force with this secret. Raises UnauthenticatedError, the same for every reason.

    Whatever is given is hashed and looked up once: the time says nothing of what is stored.
    """
    given = _hash(secret)
    row = state.find_token(connection, given)
    same = hmac.compare_digest(row.hash if row else _NO_HASH, given)
    if row is None or not same or not _SHAPE.fullmatch(secret):
        raise UnauthenticatedError("the token is not valid")
    return _token(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, row.role, row.client, row.created_at, row.revoked_at)
