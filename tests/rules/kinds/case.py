"""A case of a rule kind in few words: what is read, minute by minute, and when the rule fires."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.described import Description
from tests.oracle.notation import heard, site, version
from tests.oracle.world import Row

_NAMING = ("limit", "cumulative", "rate", "stuck", "spread")


@dataclass(frozen=True)
class Case:
    """`read` is a series of temperatures of S1, or series by `sensor` or `sensor quantity`; `fires` are minutes."""

    claim: str
    rule: Mapping[str, Any]
    read: str | Mapping[str, str]
    fires: Sequence[float]
    profile: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[Mapping[str, Any]] = ()  # more rules of the version
    until: float | None = None
    stays: Sequence[str] = ("A ROOM",)
    places: Mapping[str, Any] = field(default_factory=dict)

    def site(self, kind: str) -> Description:
        """Return a room with the sensors that read, and lot A in it."""
        quantity = {"quantity": "temperature"} if kind in _NAMING else {}
        rule = {"id": "it", "kind": kind, "action": "hold", **quantity, **self.rule}
        sensors = sorted({name.split()[0] for name in self._series()})
        mounts = [f"{sensor} ROOM" for sensor in sensors]
        one = version(rule, *map(dict, self.others), **self.profile)
        return site(one, mounts=mounts, stays=self.stays, **self.places)

    def rows(self) -> list[Row]:
        """Return what is read."""
        rows = []
        for name, series in self._series().items():
            sensor, _, quantity = name.partition(" ")
            rows += heard(series, sensor, quantity or "temperature")
        return sorted(rows, key=lambda row: row.measured_at)

    def _series(self) -> Mapping[str, str]:
        return {"S1": self.read} if isinstance(self.read, str) else self.read
