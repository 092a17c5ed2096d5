"""What was known at an instant: a look back, at the site as its entries were and the readings that had come by then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from api.deps import View
from api.parameters import KNOWN_AT, WrongParameter
from api.snapshot import Snapshot, snapshot_of
from domain.errors import InvalidError
from domain.model import Site
from sites.schema import KINDS, Entry
from store.known_at import changed_since, journal_at, require_on_record
from store.loaded import LoadedSeries
from store.series import series_of
from store.state import load_entries

Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


def as_known(view: View, at: int | None) -> View:
    """Return the look at what was known at an instant; None: at what is known.

    What a person may see is decided by what is known now. Raises WrongParameter for an instant that is still to come,
    or before anything was on record.
    """
    if at is None:
        return view
    try:
        require_on_record(view.connection, at, view.now)
    except InvalidError as error:
        raise WrongParameter(KNOWN_AT, str(error)) from None
    return look_back(view, at)


def look_back(view: View, at: int) -> View:
    """Return the look at what was known at an instant of the record."""
    series = LoadedSeries(view.connection, journal_at(view.connection, at))
    return replace(view, snapshot=_snapshot(view, at), now=at, series=series, known_at=at)


def _snapshot(view: View, at: int) -> Snapshot:
    """Return the site as its entries were; in today's zone, in which people read."""
    if not changed_since(view.connection, at, KINDS):
        return view.snapshot
    return replace(snapshot_of(_entries(view.connection, at)), zone=view.snapshot.zone)


def entries_known(view: View, *kinds: str) -> list[Entry]:
    """Return the entries of these kinds as they are, or as they were at the instant that is looked at."""
    if view.known_at is None:
        found = (entry for kind in kinds for entry in load_entries(view.connection, kind))
        return [Entry(entry.kind, entry.key, entry.doc) for entry in found]
    return [entry for entry in _entries(view.connection, view.known_at) if entry.kind in kinds]


def _entries(connection: Connection, at: int) -> list[Entry]:
    stored = {(entry.kind, entry.key): entry.doc for entry in load_entries(connection)}
    then = stored | changed_since(connection, at, KINDS)
    return [Entry(*key, doc) for key, doc in then.items() if doc is not None]


@dataclass(frozen=True, slots=True)
class Known:
    """The site, its readings and, unless all of it is known, the last journal row whose readings had come."""

    connection: Connection
    series: LoadedSeries
    site: Site
    journal: int | None = None

    def load(self, until: int) -> Load:
        """Return what loads a sensor's readings before an instant."""

        def readings(sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
            probe = self.site.sensors[sensor]
            return self.series.columns(series_of(probe, quantity), until).arrays()

        return readings


def what_is_known(view: View) -> Known:
    """Return what a verdict rests on, at the instant that is looked at."""
    journal = None if view.known_at is None else journal_at(view.connection, view.known_at)
    return Known(view.connection, view.series, view.snapshot.site, journal)
