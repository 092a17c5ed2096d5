"""Sessions of people in browsers: begun, recognised, ended. At rest there is only the SHA-256 of 256 random bits."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from api.people.roles import Person
from domain.times import DAY, HOUR, MINUTE
from store import people as store
from store.database import Database

IDLE_AT_MOST = 12 * HOUR
LASTS_AT_MOST = 7 * DAY
# A session's last use is written down no more often: a page is no reason to write to the database.
TOUCHED_EVERY = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a person is signed in. `csrf` is what every form of it sends along."""

    hash: str
    person: Person
    csrf: str
    seen_at: int


def begin_session(connection: Connection, person: str, now: int) -> str:
    """Begin a session of a person and return the cookie's value, which is nowhere else."""
    secret = secrets.token_urlsafe(32)
    row = {"hash": hash_of(secret), "person": person, "csrf": secrets.token_urlsafe(32)}
    store.add_session(connection, {**row, "created_at": now, "seen_at": now})
    return secret


def recognise(connection: Connection, secret: str, now: int) -> Session | None:
    """Return the session in force with this secret."""
    return in_force(connection, hash_of(secret), now)


def in_force(connection: Connection, hash_: str, now: int) -> Session | None:
    """Return the session with this hash unless it, or the person's account, ended."""
    row = store.find_session(connection, hash_)
    if row is None or row.disabled_at is not None:
        return None
    if now - row.created_at >= LASTS_AT_MOST or now - row.seen_at >= IDLE_AT_MOST:
        return None
    return Session(row.hash, Person(row.person, row.role, row.client), row.csrf, row.seen_at)


def forget_ended(database: Database, now: int) -> None:
    """Forget the sessions that are over, and links of which nobody asks any more."""
    with database.begin() as connection:
        store.forget_sessions(connection, now - LASTS_AT_MOST, now - IDLE_AT_MOST)
        store.forget_links(connection, now - LASTS_AT_MOST)


def is_to_be_touched(session: Session, now: int) -> bool:
    """Tell whether the session's use is to be written down again."""
    return now - session.seen_at >= TOUCHED_EVERY


def hash_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
