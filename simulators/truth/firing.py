"""6: which rules fired for a subject, when, and since when it was coming."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulators.truth.described import BOTH, FOREVER, Rule
from simulators.truth.subjects import Exposure, Piece, Subject


class Fired(NamedTuple):
    """A rule that fired; `since`, `until`: of the exposure or the silence; `places`: whose sensors spoke."""

    rule: Rule
    at: int
    since: int
    until: int | None
    places: frozenset[str]


def fired(subject: Subject, rule_id: str, exposures: Sequence[Exposure]) -> Iterator[Fired]:
    """Yield all that fired, and mark the exposures that did."""
    yield from _limits(subject, rule_id, exposures)
    yield from _cumulative(subject, rule_id, exposures)
    yield from _silences(subject, rule_id)


def _limits(subject: Subject, rule_id: str, exposures: Sequence[Exposure]) -> Iterator[Fired]:
    """Once per exposure, at the first instant at which it has lasted."""
    for exposure in exposures:
        last = subject.stop if exposure.to is None else exposure.to
        for piece, rule in subject.asked(rule_id, "limit"):
            at = max(piece.since, exposure.since + rule.lasting)
            if at <= min(piece.until, last):
                exposure.fired_at = at
                yield _fired(subject, piece, rule, at, exposure.since, exposure.to)
                break


def _cumulative(subject: Subject, rule_id: str, exposures: Sequence[Exposure]) -> Iterator[Fired]:
    """When what lies inside the window adds up; again only after it was below."""
    spans = [(each.since, subject.stop if each.to is None else each.to) for each in exposures]
    below = True
    for piece, rule in subject.asked(rule_id, "cumulative"):
        before = piece.since
        for when in _turns(spans, rule.window, piece):
            total = _inside(spans, rule.window, when)
            if below and total >= rule.total:
                # Between two turns the sum grows by one for one.
                at = when if when == before else when - (total - rule.total)
                yield _counted(subject, piece, rule, at, exposures)
            below = total < rule.total
            before = when


def _counted(subject: Subject, piece: Piece, rule: Rule, at: int, exposures: Sequence[Exposure]) -> Fired:
    since, until = at, None if at == subject.stop else at
    for exposure in exposures:
        if exposure.since <= at and (exposure.to is None or at <= exposure.to):
            since, until = exposure.since, exposure.to
            if exposure.since < at and exposure.fired_at is None:
                exposure.fired_at = at
    return _fired(subject, piece, rule, at, since, until)


def _inside(spans: list[tuple[int, int]], window: int | None, when: int) -> int:
    first = -FOREVER if window is None else when - window
    return sum(max(0, min(b, when) - max(a, first)) for a, b in spans)


def _turns(spans: list[tuple[int, int]], window: int | None, piece: Piece) -> list[int]:
    """Return the instants between which the sum inside the window runs straight."""
    edges = {edge for span in spans for edge in span}
    edges |= {edge + (window or 0) for edge in edges} | {piece.since, piece.until}
    return sorted(edge for edge in edges if piece.since <= edge <= piece.until)


def _silences(subject: Subject, rule_id: str) -> Iterator[Fired]:
    """When nothing was heard for long enough; once per stretch."""
    told: set[int] = set()
    for piece, rule in subject.asked(rule_id, "silence"):
        heard = subject.read_at((rule.quantity,) if rule.quantity else BOTH)
        stretches = sorted({subject.start, *heard})
        for last, following in zip(stretches, [*stretches[1:], FOREVER], strict=True):
            at = max(piece.since, last + rule.after)
            if last not in told and at < following and at <= piece.until:
                told.add(last)
                ends = min(following, subject.end)
                yield _fired(subject, piece, rule, at, last, ends if ends <= subject.histories.until else None)


def _fired(subject: Subject, piece: Piece, rule: Rule, at: int, since: int, until: int | None) -> Fired:
    assert piece.version is not None
    return Fired(rule, at, since, until, subject.sources(rule, piece.version, at))
