"""Judging a case, and what the answer differs in from what must be said."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from domain.model import Batch, Location, Mount, Placement, Product, Sensor, Site, always
from domain.times import NEVER
from rules import batch_judge
from sites.cases.case import Case, Exposure, Firing, show_exposure, show_firing
from sites.cases.notifications import Notification, notifications_of, show_notification
from sites.rows import Row

Answer: TypeAlias = Mapping[str, Any]
Judge = Callable[[Site, Sequence[Row], int], Answer]

_PRODUCT, _LOT, _PROFILE = "PRODUCT", "LOT", "PROFILE"


class Difference(NamedTuple):
    """One thing that is said otherwise; lists are compared line by line."""

    what: str
    expected: tuple[str, ...]
    said: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield `  as expected`, `- expected`, `+ said`."""
        yield from (f"  {line}" for line in self.said if line in self.expected)
        yield from (f"- {line}" for line in self.expected if line not in self.said)
        yield from (f"+ {line}" for line in self.said if line not in self.expected)


def site_of(case: Case) -> Site:
    """Return the site a case describes: one unit of one lot, where the sensors hang."""
    places = {*case.hangs_at.values(), *(stay.location for stay in case.stays)}
    quantities = {name: frozenset(q for s, q in case.series if s == name) for name in case.hangs_at}
    return Site(
        sensors={name: Sensor(name, name, None, always(quantities[name])) for name in case.hangs_at},
        locations={place: Location(place, kind=case.kinds.get(place)) for place in sorted(places)},
        mounts=tuple(Mount(sensor, place, case.start) for sensor, place in case.hangs_at.items()),
        products={_PRODUCT: Product(_PRODUCT, always(_PROFILE))},
        batches={(_PRODUCT, _LOT): Batch(_PRODUCT, _LOT)},
        placements=tuple(
            Placement(_PRODUCT, _LOT, None, stay.location, stay.since, NEVER if stay.until is None else stay.until)
            for stay in case.stays
        ),
        profiles={_PROFILE: tuple(case.versions)},
    )


def rows_of(case: Case) -> list[Row]:
    """Return the readings in order of time."""
    rows = [
        Row(sensor, quantity, case.start + reading.offset, reading.value)
        for (sensor, quantity), series in case.series.items()
        for reading in series.readings
    ]
    return sorted(rows, key=lambda row: row.measured_at)


def answer_of(case: Case, judge: Judge = batch_judge.judge) -> Answer:
    """Return what is said of the unit."""
    [batch] = judge(site_of(case), rows_of(case), case.until)["batches"]
    [unit] = batch["units"]
    told = {} if case.expected.told is None else {"told": notifications_of(site_of(case), rows_of(case), case.until)}
    return {**unit, **told}


def differences(case: Case, answer: Answer) -> list[Difference]:
    """Return what is said otherwise than it must be."""
    wanted = case.expected
    found = []
    if wanted.verdict is not None:
        found.append(Difference("verdict", (wanted.verdict,), (answer["verdict"],)))
    if wanted.fired is not None:
        found.append(_compared("fired", wanted.fired, answer["fired"], show_firing, case.start))
    if wanted.exposures is not None:
        found.append(_compared("exposures", wanted.exposures, answer["exposures"], show_exposure, case.start))
    if wanted.told is not None:
        found.append(_compared("told", wanted.told, answer["told"], show_notification, case.start))
    for name, number in wanted.numbers.items():
        found.append(Difference(name, (f"{number:.10g}",), (f"{answer[name]:.10g}",)))
    return [each for each in found if sorted(each.expected) != sorted(each.said)]


def _compared(
    what: str,
    wanted: Iterable[tuple[str, Firing | Exposure | Notification]],
    said: Iterable[Answer],
    show: Callable[[Answer, int], str],
    start: int,
) -> Difference:
    """Pair what must be said with what is: a pair is shown as it was written, however little that says."""
    left = list(said)
    texts: list[str] = []
    shown: dict[int, str] = {}
    for text, each in wanted:
        texts.append(text)
        pair = next((one for one in left if id(one) not in shown and each.meets(one)), None)
        if pair is not None:
            shown[id(pair)] = text
    return Difference(what, tuple(texts), tuple(shown.get(id(one)) or show(one, start) for one in left))
