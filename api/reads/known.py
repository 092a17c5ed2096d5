"""What a verdict rests on, now or as it was known at an instant: the entries of the site and the readings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api.deps import View
from domain.model import Site
from sites.build import build
from sites.schema import KINDS, Entry
from store.columns import load_known
from store.known_at import changed_since, journal_at
from store.loaded import LoadedSeries
from store.series import series_of
from store.state import load_entries

Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


@dataclass(frozen=True, slots=True)
class Known:
    """The site and, unless all of it is known, the last journal row whose readings had come."""

    connection: Connection
    series: LoadedSeries
    site: Site
    journal: int | None = None

    def load(self, until: int) -> Load:
        """Return what loads a sensor's readings before an instant."""

        def readings(sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
            probe = self.site.sensors[sensor]
            key = series_of(probe, quantity)
            if self.journal is None:
                return self.series.columns(key, until).arrays()
            return load_known(self.connection, key, until, self.journal)

        return readings


def what_is_known(view: View, at: int | None = None) -> Known:
    """Return what is known now, or what was known at an instant."""
    if at is None:
        return Known(view.connection, view.series, view.snapshot.site)
    site, changed = view.snapshot.site, changed_since(view.connection, at, KINDS)
    if changed:
        stored = {(entry.kind, entry.key): entry.doc for entry in load_entries(view.connection)} | changed
        site = build(Entry(*key, doc) for key, doc in stored.items() if doc is not None)
    return Known(view.connection, view.series, site, journal_at(view.connection, at))
