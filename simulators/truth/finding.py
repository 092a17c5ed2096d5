"""The truth file: everything that must be found, in the words of the product's exports."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from simulators.times import MINUTE, format_time
from simulators.truth.described import USUAL_COVERAGE, Entry
from simulators.truth.firing import Fired, fired
from simulators.truth.histories import Histories
from simulators.truth.measured import Measured, Stamped, gather
from simulators.truth.problems import Unit, problems
from simulators.truth.subjects import Exposure, Subject, place_of, unit_of

Object = dict[str, Any]
_UNIT = 1_000_000
_WORST_FIRST = ("hold", "review", "unknown", "ok")


def find(site: Entry, placements: list[Object], stamped: Iterable[Stamped], until: int) -> Object:
    """Return what must be found of a described site, of where everything stood, and of what was said in which order.

    Raises InputError for what cannot be judged with certainty.
    """
    sensors = {(s.get("device") or s["id"], s.get("probe") or ""): s["id"] for s in site.get("sensors") or []}
    measured = gather((row for row in stamped if row.at is None or row.at <= until), sensors)
    return _Finding(Histories(site, placements, measured, until)).all(measured)


class _Finding:
    """One answer on its way."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._until = histories.until
        self._fired: list[tuple[Unit | None, Fired]] = []

    def all(self, measured: Measured) -> Object:
        places = [location for location, entry in sorted(self._histories.locations.items()) if entry.get("profile")]
        excursions, of_places = [], []
        for location in places:
            exposures, found = self._judged(place_of(self._histories, location), None)
            excursions += [{"location": location, **each} for each in exposures]
            of_places += [{"location": location, "rule": each.rule.id, "at": format_time(each.at)} for each in found]
        batches = [self._batch(*key) for key in sorted(self._histories.batches)]
        return {
            "until": format_time(self._until),
            "excursions": excursions,
            "fired_for_locations": of_places,
            "batches": batches,
            "holds": [hold for batch in batches for hold in _holds(batch)],
            "problems": problems(self._fired),
            "conflicts": [
                {**each._asdict(), "measured_at": format_time(each.measured_at)}
                | {"kept": each.kept / _UNIT, "refused": each.refused / _UNIT}
                for each in sorted(measured.conflicts)
            ],
        }

    def _judged(self, subject: Subject, unit: Unit | None) -> tuple[list[Object], list[Fired]]:
        printed: list[Object] = []
        found: list[Fired] = []
        for rule in subject.rule_ids():
            exposures = subject.exposures(rule)
            found += fired(subject, rule, exposures)
            printed += [self._exposure(rule, each) for each in exposures]
        found.sort(key=lambda each: (each.rule.id, each.at))
        self._fired += [(unit, each) for each in found]
        return printed, found

    def _exposure(self, rule: str, exposure: Exposure) -> Object:
        end = self._until if exposure.to is None else exposure.to
        return {
            "rule": rule,
            "from": format_time(exposure.since),
            "to": _time(exposure.to),
            "minutes": _rounded(Fraction(end - exposure.since, MINUTE), 3),
            "degree_minutes": _rounded(Fraction(exposure.degrees, MINUTE * _UNIT), 3),
            "peak": None if exposure.peak is None else exposure.peak / _UNIT,
            "fired_at": _time(exposure.fired_at),
        }

    def _batch(self, product: str, lot: str) -> Object:
        units = [self._unit((product, lot, unit)) for unit in self._histories.units(product, lot)]
        verdict = min((unit["verdict"] for unit in units), key=_WORST_FIRST.index)
        return {"product": product, "lot": lot, "verdict": verdict, "units": units}

    def _unit(self, unit: Unit) -> Object:
        subject = unit_of(self._histories, *unit)
        exposures, found = self._judged(subject, unit)
        watched = known = gap = longest = 0
        least, tolerated = Fraction(0), None
        for i, lasting, version in subject.watched():
            covered = subject.is_covered(i)
            watched += lasting
            known += lasting if covered else 0
            gap = 0 if covered else gap + lasting
            longest = max(longest, gap)
            least = version.min_coverage if version else Fraction(USUAL_COVERAGE)
            tolerated = version.longest_gap if version else None
        coverage = Fraction(known, watched) if watched else Fraction(0)
        actions = [each.rule.action for each in found if each.rule.action != "notify"]
        unknown = known == 0 or coverage < least or (tolerated is not None and longest > tolerated)
        return {
            "unit": unit[2],
            "verdict": min(actions, key=_WORST_FIRST.index) if actions else "unknown" if unknown else "ok",
            "coverage": _rounded(coverage, 4),
            "unknown_minutes": _rounded(Fraction(watched - known, MINUTE), 3),
            "longest_gap_minutes": _rounded(Fraction(longest, MINUTE), 3),
            "exposures": exposures,
            "fired": [{"rule": f.rule.id, "at": format_time(f.at), "action": f.rule.action} for f in found],
        }


def _holds(batch: Object) -> list[Object]:
    return [
        {"product": batch["product"], "lot": batch["lot"], "unit": unit["unit"], "rule": each["rule"], "at": each["at"]}
        for unit in batch["units"]
        for each in unit["fired"]
        if each["action"] == "hold"
    ]


def _time(instant: int | None) -> str | None:
    return None if instant is None else format_time(instant)


def _rounded(ratio: Fraction, decimals: int) -> float:
    return float(round(ratio, decimals))
