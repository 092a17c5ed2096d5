"""The streaming engine as the live system drives it: readings, corrections and ticks in any order."""

from rules.engine import Engine
from rules.judgement import Judgement
from tests.oracle.described import Description
from tests.oracle.kept import Kept
from tests.oracle.notation import Answer
from tests.oracle.product import to_site
from tests.oracle.world import Row


class Live:
    """An engine beside the readings that are kept for it, of which it holds none longer than it must.

    `now` never goes back.
    """

    def __init__(self, site: Description, now: int) -> None:
        self.now = now
        self._kept = Kept()
        self._sensors = {entry["id"] for entry in site["sensors"]}
        self.engine = Engine(to_site(site), self._kept.load, now, memory=self._kept.memory)
        self.told: dict[object, Judgement] = {}

    def hear(self, row: Row) -> None:
        """Keep a reading; the engine hears it if it knows the sensor."""
        if row.sensor in self._sensors:
            self.engine.add(*row)
        self._kept.keep(row)

    def replace(self, site: Description) -> None:
        """Correct the histories."""
        self._sensors = {entry["id"] for entry in site["sensors"]}
        self.engine.replace(to_site(site), self.now)

    def settle(self, now: int) -> None:
        """Let time go on, never back."""
        self.now = max(self.now, now)
        for change in self.engine.settle(self.now):
            assert change.before == self.told.get(change.subject, Judgement()), change
            self.told[change.subject] = change.after

    def report(self, until: int) -> Answer:
        """Return what is said in the end."""
        self.settle(until)
        return dict(self.engine.report(until, explained=True))
