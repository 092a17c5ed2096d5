"""The register of people: added, listed, disabled, given a password. A name stands in the record for good and is given
once; nobody is ever removed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from api.people.roles import ROLES
from domain.errors import ConflictError, InvalidError, NotFoundError
from store import people as store
from store import state
from store.audit import write_audit

KIND = "person"
_NAME = re.compile(r"[\w.@+-]{1,64}")
# What the record calls those who are no people.
_RESERVED = ("apply", "engine", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A person as registered: who they are and whether they may sign in."""

    name: str
    full_name: str
    role: str
    client: str | None
    created_at: int
    has_password: bool = False
    disabled_at: int | None = None
    locked_until: int | None = None


def person_name(given: str) -> str:
    """Return a name as it is kept: it is the same in capitals."""
    return unicodedata.normalize("NFC", given.strip()).lower()


def is_name(name: str) -> bool:
    """Tell whether a person could have this name."""
    return _NAME.fullmatch(name) is not None


def find_account(connection: Connection, name: str) -> Account:
    """Return the person. Raises NotFoundError."""
    row = store.find_person(connection, person_name(name))
    if row is None:
        raise NotFoundError(f"no person {name!r}")
    return _account(row)


def list_accounts(connection: Connection) -> Sequence[Account]:
    """Return everybody by name, the disabled too."""
    return [_account(row) for row in store.list_people(connection)]


def add_account(
    connection: Connection, name: str, full_name: str | None, role: str, client: str | None, who: str, now: int
) -> Account:
    """Register a person, who has no password yet.

    Raises InvalidError for a name, role or client that cannot be, ConflictError for a name that the record knows.
    """
    account = Account(person_name(name), (full_name or name).strip(), role, client, now)
    _check(connection, account)
    row = {"name": account.name, "full_name": account.full_name, "role": role, "client": client}
    store.add_person(connection, {**row, "created_at": now})
    note(connection, who, "added", account.name, now, after=row)
    return account


def disable(connection: Connection, name: str, who: str, now: int) -> Account:
    """Let a person in no more, at once: their sessions and links end. Raises NotFoundError, ConflictError."""
    account = find_account(connection, name)
    if account.disabled_at is not None:
        raise ConflictError(f"{account.name} is disabled already")
    store.change_person(connection, account.name, disabled_at=now)
    shut_out(connection, account.name, now)
    note(connection, who, "disabled", account.name, now)
    return account


def enable(connection: Connection, name: str, who: str, now: int) -> Account:
    """Let a person in again who was disabled or locked out. Raises NotFoundError."""
    account = find_account(connection, name)
    store.change_person(connection, account.name, disabled_at=None, failures=0, locked_until=None)
    note(connection, who, "enabled", account.name, now)
    return account


def set_password(connection: Connection, name: str, hashed: str, who: str, now: int) -> Account:
    """Give a person the password with this hash; whatever let them in before ends. Raises NotFoundError."""
    account = find_account(connection, name)
    replace_password(connection, account.name, hashed, now)
    note(connection, who, "password_set", account.name, now)
    return account


def replace_password(connection: Connection, name: str, hashed: str, now: int) -> None:
    """Write the password and end what let the person in before; the line in the audit trail is the caller's."""
    store.change_person(connection, name, password=hashed, failures=0, locked_until=None)
    shut_out(connection, name, now)


def shut_out(connection: Connection, name: str, now: int) -> int:
    """End all sessions and links of a person; return how many sessions there were."""
    store.void_links(connection, name, now)
    return store.end_sessions(connection, name)


def note(
    connection: Connection, who: str, what: str, person: str, now: int, after: dict[str, Any] | None = None
) -> None:
    """Write a line about a person into the audit trail; the last thing of a transaction."""
    write_audit(connection, [{"at": now, "who": who, "what": what, "kind": KIND, "key": person, "after": after}])


def _check(connection: Connection, account: Account) -> None:
    name, role, client = account.name, account.role, account.client
    if not is_name(name):
        raise InvalidError(f"{name!r} is no name: 1 to 64 letters, digits and . _ - + @")
    if not 1 <= len(account.full_name) <= 200 or not account.full_name.isprintable():
        raise InvalidError(f"{account.full_name!r} is no full name: 1 to 200 characters on one line")
    if role not in ROLES:
        raise InvalidError(f"unknown role {role!r}; known: {', '.join(ROLES)}")
    if (role == "client") != (client is not None):
        raise InvalidError("a person of role client needs a client, one of another role has none")
    if client is not None:
        known = [entry.doc["id"] for entry in state.load_entries(connection, "client")]
        if client not in known:
            raise InvalidError(f"no client {client!r}; known: {', '.join(known) or 'none'}")
    _check_unused(connection, name)


def _check_unused(connection: Connection, name: str) -> None:
    if store.find_person(connection, name) is not None:
        raise ConflictError(f"there is a person {name!r}, perhaps disabled; a name is given once")
    tokens = {row.name.lower() for row in state.list_tokens(connection)}
    if name in tokens or name in _RESERVED:
        raise ConflictError(f"the record knows {name!r} already as no person")


def _account(row: Row[Any]) -> Account:
    known = (row.name, row.full_name, row.role, row.client, row.created_at)
    return Account(*known, row.password is not None, row.disabled_at, row.locked_until)
