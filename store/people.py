"""People, their sessions and their one-time links, inside the caller's transaction. Secrets come and stay as hashes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from store.evidence import PEOPLE, note
from store.tables import people, sessions, sign_in_links


def add_person(connection: Connection, person: Mapping[str, Any]) -> None:
    """Keep a person: name, full_name, role, client, created_at."""
    connection.execute(insert(people).values(**person))
    note(connection, PEOPLE, [person])


def find_person(connection: Connection, name: str) -> Row[Any] | None:
    """Return the person of that name, disabled or not."""
    return connection.execute(select(people).where(people.c.name == name)).first()


def hold_person(connection: Connection, name: str) -> Row[Any] | None:
    """Return the person and keep others from changing them until the write transaction ends."""
    return connection.execute(select(people).where(people.c.name == name).with_for_update()).first()


def list_people(connection: Connection) -> list[Row[Any]]:
    """Return all people by name."""
    return list(connection.execute(select(people).order_by(people.c.name)))


def change_person(connection: Connection, name: str, **values: Any) -> None:
    """Write some columns of a person."""
    connection.execute(update(people).where(people.c.name == name).values(**values))
    if not values.keys() <= PEOPLE.left_out:
        note(connection, PEOPLE, connection.execute(select(people).where(people.c.name == name)).mappings().all())


def add_session(connection: Connection, session: Mapping[str, Any]) -> None:
    """Keep a session: hash, person, csrf, created_at, seen_at."""
    connection.execute(insert(sessions).values(**session))


def find_session(connection: Connection, hash_: str) -> Row[Any] | None:
    """Return the session with this hash together with its person's role, client and disabled_at."""
    query = select(sessions, people.c.role, people.c.client, people.c.disabled_at).join(people)
    return connection.execute(query.where(sessions.c.hash == hash_)).first()


def touch_session(connection: Connection, hash_: str, now: int) -> None:
    """Note that a session was used."""
    connection.execute(update(sessions).where(sessions.c.hash == hash_).values(seen_at=now))


def end_session(connection: Connection, hash_: str) -> None:
    """Forget a session; harmless if there is none."""
    connection.execute(delete(sessions).where(sessions.c.hash == hash_))


def end_sessions(connection: Connection, person: str) -> int:
    """Forget all sessions of a person; return how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.person == person)).rowcount


def forget_sessions(connection: Connection, created_before: int, seen_before: int) -> None:
    """Forget the sessions that were begun or used last before these instants."""
    over = or_(sessions.c.created_at <= created_before, sessions.c.seen_at <= seen_before)
    connection.execute(delete(sessions).where(over))


def add_link(connection: Connection, link: Mapping[str, Any]) -> None:
    """Keep a one-time link: hash, person, created_at, expires_at."""
    connection.execute(insert(sign_in_links).values(**link))


def find_link(connection: Connection, hash_: str, now: int) -> str | None:
    """Return whose link it is, if it may be used still."""
    return connection.scalar(select(sign_in_links.c.person).where(*_usable(hash_, now)))


def use_link(connection: Connection, hash_: str, now: int) -> bool:
    """Use a link up; of two who try at once one is told True."""
    return connection.execute(update(sign_in_links).where(*_usable(hash_, now)).values(used_at=now)).rowcount > 0


def void_links(connection: Connection, person: str, now: int) -> None:
    """Use up all links of a person."""
    unused = (sign_in_links.c.person == person, sign_in_links.c.used_at.is_(None))
    connection.execute(update(sign_in_links).where(*unused).values(used_at=now))


def forget_links(connection: Connection, expired_before: int) -> None:
    """Forget the links that expired before this instant, used or not."""
    connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= expired_before))


def _usable(hash_: str, now: int) -> tuple[Any, ...]:
    return (sign_in_links.c.hash == hash_, sign_in_links.c.used_at.is_(None), sign_in_links.c.expires_at > now)
