"""Letting people in, by password or by one-time link, and taking their signature.

An attempt is counted before the password is looked at, in the database: many guesses at once, at many processes, are
no more than one after the other. Whoever is unknown, disabled or locked out gets the same answer after the same work.
"""

import secrets
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from api.people.passwords import check_new, fits, hash_password, is_outdated
from api.people.register import Account, find_account, is_name, note, person_name, replace_password
from api.people.sessions import begin_session, hash_of
from domain.errors import ConflictError, ForbiddenError
from domain.times import HOUR, MINUTE, format_instant
from store import people as store
from store.database import Database

LOCKED_AFTER = 5  # wrong passwords in a row
LOCKED_FOR = 15 * MINUTE
LINK_LASTS = HOUR

Done = TypeVar("Done")


def sign_in(database: Database, name: str, password: str, now: int) -> str | None:
    """Return the cookie of a new session, or None for every reason alike."""
    return _with_password(database, name, password, now, partial(_begin, how="signed_in", now=now))


def require_signature(database: Database, name: str, password: str, now: int) -> str:
    """Take a person's signature: the password once more, counted like one at sign-in; the audit trail has a line of it.

    Returns the name to print. Raises ForbiddenError for a wrong password, one too many, or a person who has none yet.
    """
    with database.read() as connection:
        account = find_account(connection, name)
    if not account.has_password:
        raise ForbiddenError("signing needs a password, and you have none yet: choose one on your account page")
    if not _with_password(database, name, password, now, partial(_sign, now=now)):
        raise ForbiddenError(f"{_why_not(database, name, now)}: nothing was signed")
    return account.full_name


def change_password(database: Database, name: str, old: str, new: str, now: int) -> str:
    """Give a person another password, or a first one (then `old` is not looked at); return the cookie of a new session.

    All other sessions end. Raises InvalidError for one that cannot be chosen, ForbiddenError if `old` is wrong.
    """
    check_new(new, name)
    with database.read() as connection:
        had = store.find_person(connection, name)
    if had is not None and had.password is not None and not _with_password(database, name, old, now, _is_right):
        raise ForbiddenError(_why_not(database, name, now))
    hashed = hash_password(new)
    with database.begin() as connection:
        held = store.hold_person(connection, name)
        if had is None or held is None or held.disabled_at is not None or held.password != had.password:
            raise ConflictError("the account was changed meanwhile: sign in again")
        replace_password(connection, name, hashed, now)
        secret = begin_session(connection, name, now)
        note(connection, name, "password_set", name, now)
        return secret


def add_link(connection: Connection, name: str, who: str, now: int) -> str:
    """Make a link that lets a person in once, within an hour; return its secret, which is nowhere else.

    Raises NotFoundError, and ConflictError for a person who is disabled.
    """
    account = find_account(connection, name)
    if account.disabled_at is not None:
        raise ConflictError(f"{account.name} is disabled")
    secret = secrets.token_urlsafe(32)
    row = {"hash": hash_of(secret), "person": account.name, "created_at": now, "expires_at": now + LINK_LASTS}
    store.add_link(connection, row)
    note(connection, who, "link_made", account.name, now)
    return secret


def link_owner(connection: Connection, secret: str, now: int) -> Account | None:
    """Return whom a link lets in, if it still does; looking uses nothing up."""
    name = store.find_link(connection, hash_of(secret), now)
    account = find_account(connection, name) if name is not None else None
    return None if account is None or account.disabled_at is not None else account


def sign_in_by_link(database: Database, secret: str, now: int) -> str | None:
    """Use a link up; return the cookie of a new session, or None for a link that lets nobody in."""
    with database.begin() as connection:
        account = link_owner(connection, secret, now)
        if account is None or not store.use_link(connection, hash_of(secret), now):
            return None
        return _begin(connection, account.name, how="signed_in_by_link", now=now)


class _Attempt(NamedTuple):
    """The how manyth in a row, the hash to compare with, and the lock that follows unless it is right."""

    number: int
    password: str
    locked_until: int | None


def _with_password(
    database: Database, name: str, password: str, now: int, deed: Callable[[Connection, str], Done]
) -> Done | None:
    """Do a deed in the name of the person whose password it is; None if it is not."""
    name = person_name(name)
    with database.begin() as connection:
        attempt = _count_attempt(connection, name, now)
    right = fits(attempt and attempt.password, password)
    if attempt is None:
        return None
    renewed = hash_password(password) if right and is_outdated(attempt.password) else attempt.password
    with database.begin() as connection:
        held = store.hold_person(connection, name)
        if not right or held is None or held.password != attempt.password or held.disabled_at is not None:
            _note_failure(connection, name, attempt, now)
            return None
        store.change_person(connection, name, failures=0, locked_until=None, password=renewed)
        return deed(connection, name)


def _count_attempt(connection: Connection, name: str, now: int) -> _Attempt | None:
    """Count an attempt as wrong, which a right password undoes; None for a person who may not try."""
    row = store.hold_person(connection, name) if is_name(name) else None
    if row is None or row.password is None or row.disabled_at is not None or (row.locked_until or 0) > now:
        return None
    number = 1 if row.locked_until is not None else row.failures + 1  # a lock that is over begins anew
    locked_until = now + LOCKED_FOR if number >= LOCKED_AFTER else None
    store.change_person(connection, name, failures=number, locked_until=locked_until)
    return _Attempt(number, row.password, locked_until)


def _note_failure(connection: Connection, name: str, attempt: _Attempt, now: int) -> None:
    note(connection, name, "sign_in_failed", name, now, {"attempt": attempt.number})
    if attempt.locked_until is not None:
        note(connection, name, "locked", name, now, {"until": format_instant(attempt.locked_until)})


def _begin(connection: Connection, name: str, how: str, now: int) -> str:
    secret = begin_session(connection, name, now)
    note(connection, name, how, name, now)
    return secret


def _sign(connection: Connection, name: str, now: int) -> bool:
    note(connection, name, "signed", name, now)
    return True


def _is_right(connection: Connection, name: str) -> bool:
    return True


def _why_not(database: Database, name: str, now: int) -> str:
    """Say to a person who is signed in why their password was not taken."""
    with database.read() as connection:
        account = find_account(connection, name)
    if account.locked_until is not None and account.locked_until > now:
        return f"after {LOCKED_AFTER} wrong passwords yours is not taken before {format_instant(account.locked_until)}"
    return "that is not your password"
