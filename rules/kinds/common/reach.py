"""What a sensor in a kind of place can reach at all, and how far it can go from one reading to the next.

Ours: no standard says it. Wide on purpose, for what lies outside is taken for a fault and never for an excursion: a
cabinet that failed in a hot building, a closed van in the sun, dry ice in a shipper, a freezer that defrosts (real
runs: from -20 to +5.7 °C within the hour) and a door that stands open lie inside. A table is never changed: numbers
that differ are another table, under another name.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.numbers import SCALE
from domain.times import NEVER


class Reach(NamedTuple):
    """A closed range in 10⁻⁶ °C, and the largest step from one reading to the next; None: any."""

    low: int
    high: int
    step: int | None


ANYTHING = Reach(-NEVER, NEVER, None)


def _reach(low: int, high: int, step: int | None) -> Reach:
    return Reach(low * SCALE, high * SCALE, None if step is None else step * SCALE)


_FREEZER = _reach(-110, 50, 50)
_FRIDGE = _reach(-30, 50, 20)
_ROOM = _reach(-40, 60, 20)
_VEHICLE = _reach(-40, 70, 30)
_SHIPPER = _reach(-200, 70, 60)
# By the word for a kind, in lower case with hyphens; "" for every other.
TABLES: Mapping[str, Mapping[str, Reach]] = {
    "places-2026": {
        "": _reach(-200, 120, None),
        **dict.fromkeys(("freezer", "freezer-room", "ultra-low-freezer", "deep-freezer"), _FREEZER),
        **dict.fromkeys(("fridge", "refrigerator", "cold-room", "coldroom", "cold-store", "cool-room"), _FRIDGE),
        **dict.fromkeys(("room", "ambient-room", "warehouse", "storeroom", "pharmacy"), _ROOM),
        **dict.fromkeys(("truck", "van", "trailer", "lorry", "vehicle", "container", "reefer"), _VEHICLE),
        **dict.fromkeys(("shipper", "box", "cool-box"), _SHIPPER),
    }
}
