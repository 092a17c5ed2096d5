"""Units that left and of which nothing is said or due are let go, and found again when something reaches them.

They are found by where they stood and when, with what was made of them (docs/adr/0019). On record is which ones they
are, so that a start has the others only.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from domain.model import BatchKey, UnitKey
from domain.times import NEVER
from ledger.holds.holds import Holding
from ledger.lots import Lots
from ledger.stock import stays
from ledger.verdicts.verdicts import Verdicts
from rules.engine import Engine
from rules.subjects.left import At
from rules.subjects.whereabouts import Placed, placed
from store import lots_left as stored
from store.stock import left as stored_units
from store.stock.origins import outcomes_of


class LeftUnits:
    """Those of the lots' entries, and those that movements made."""

    def __init__(self, lots: Lots) -> None:
        self._lots = lots
        self._until: dict[str, int] = {}  # by location, as written

    @property
    def _connection(self) -> Connection:
        return self._lots.connection

    # --- found again ---

    def stood(self, spans: Collection[At]) -> dict[UnitKey, Placed]:
        """Return the units that stood there then, with all that was made of them, and where each was."""
        units = dict.fromkeys(stored_units.stood(self._connection, spans), -NEVER)
        found = self._lots.take_in_absent(stored.stood(self._connection, spans))
        return found | self._moved(outcomes_of(self._connection, units) if units else ())

    def of_products(self, since: Mapping[str, int]) -> dict[UnitKey, Placed]:
        """Return the units of products that left at an instant or later, and where each was."""
        found = self._lots.take_in_absent(stored.of_products(self._connection, since.items()))
        return found | self._moved(stored_units.of_products(self._connection, since.items()))

    def _moved(self, ids: Collection[int]) -> dict[UnitKey, Placed]:
        return {unit: placed(each) for unit, each in stays.of(self._connection, ids).items()} if ids else {}

    # --- let go ---

    def recall(self, engine: Engine, now: int) -> None:
        """Place the units that are not let go, as of an instant."""
        engine.place(self._lots.take_in(stored.in_memory(self._connection, now)), now)
        engine.place(stays.of(self._connection, stored_units.in_memory(self._connection, now)), now)
        self._until = stored.load_last_left(self._connection)
        engine.left_by(self._until)

    def recall_all(self, engine: Engine, now: int) -> None:
        """Place every unit there ever was."""
        engine.place(self._lots.take_in(list(self._lots.batches)), now)
        engine.place(stays.every(self._connection), now)

    def let_go(self, engine: Engine, verdicts: Verdicts, holding: Holding, now: int) -> None:
        """Let go of units that left and owe nothing, and write which ones are in memory that were not before."""

        def may_go(unit: UnitKey) -> bool:
            is_said = verdicts.has(unit) or holding.has(unit)
            return not engine.knows(unit) or (engine.is_settled(unit) and not is_said)

        here, settled, of_lots = engine.take_new(), engine.take_settled(), self._lots.here
        lots = {lot for unit in settled if (lot := unit[:2]) in of_lots and all(map(may_go, of_lots[lot]))}
        moved = [unit for unit in settled if unit[:2] not in of_lots and may_go(unit)]
        engine.let_go([*moved, *(unit for lot in lots for unit in of_lots[lot])])
        self._lots.let_go(lots)
        self._write({unit for unit in here if engine.knows(unit)}, lots, moved, now)
        self._write_until(engine)

    def _write(
        self, here: Collection[UnitKey], lots: Collection[BatchKey], moved: Collection[UnitKey], now: int
    ) -> None:
        """Write which units are in memory now and were not before, and which are no more."""
        connection = self._connection
        stored.set_left(connection, {unit[:2] for unit in here if unit[:2] in self._lots.here}, None)
        stored.set_left(connection, {*lots, *(unit[:2] for unit in moved)}, now)
        kept = [unit for unit in here if unit[:2] not in self._lots.here]
        stored_units.set_left(connection, kept, None)
        stored_units.set_left(connection, moved, now)

    def _write_until(self, engine: Engine) -> None:
        other = {name: at for name, at in engine.left_until.items() if self._until.get(name) != at}
        stored.write_last_left(self._connection, other)
        self._until |= other
