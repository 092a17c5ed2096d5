"""What is judged in the background, as a bar on the pages."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from store.tables import judgings


@dataclass(frozen=True, slots=True)
class Underway:
    """How many units and places corrections that go on reach, and how many of them are judged."""

    done: int
    total: int


def read_underway(connection: Connection) -> Underway | None:
    """Return what goes on; None if nothing does."""
    query = select(func.sum(judgings.c.done), func.sum(judgings.c.total)).where(judgings.c.ended_at.is_(None))
    done, total = connection.execute(query).one()
    return None if total is None else Underway(int(done), int(total))
