"""What a change reaches, judged part by part: as much as a person waits for, then the next part."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from api.deps import View
from api.web.correct.change import Change
from api.web.correct.effect import EffectRow, effect_of
from ledger.backtest.correction import correction, effects

PATIENCE_S = 2.0  # for one part


@dataclass(frozen=True, slots=True)
class Preview:
    """A part of what the change would do: rows that differ; `done` of `whole` are judged, `changed` of them differ."""

    rows: Sequence[EffectRow]
    done: int
    whole: int
    changed: int

    @property
    def is_complete(self) -> bool:
        """Tell whether everything reached is judged."""
        return self.done >= self.whole


def preview(view: View, change: Change, skip: int, changed: int) -> Preview:
    """Judge the next part, after `skip` of which `changed` differ. Raises Refused for what the site may not be."""
    before, after = change.sites(view.connection)
    planned = correction(before, after, view.now)
    ends = time.monotonic() + PATIENCE_S
    found = [effect_of(each) for each in effects(view.connection, planned, skip, lambda: time.monotonic() < ends)]
    rows = [row for row in found if row.is_changed]
    return Preview(rows, min(skip, len(planned.reached)) + len(found), len(planned.reached), changed + len(rows))
