"""Probes that only their position in a message tells apart: what a message says of whose values it has.

Positions are numbered anew where a probe is gone: of three, two then have the first two numbers. So where fewer are
there than once were, and just the first ones, each value may be another probe's. Where a number further on is there,
they are not numbered anew: that device keeps its numbers, and nothing of it is doubted any more. A mapping given anew
says what the probes are from then on.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Seen(msgspec.Struct, frozen=True, array_like=True, tag="positions"):
    """What is remembered of a device: `most` probes ever, in its message before, whether it keeps its numbers."""

    since: int  # of the mapping that this was seen by
    most: int
    before: int
    keeps: bool


class Found(NamedTuple):
    """What a message says of a device's probes; `told`: a sentence worth telling, "" for none."""

    may_be_others: bool
    told: str


_NOTHING = Found(False, "")


def look(seen: Seen | None, since: int, there: Sequence[bool]) -> tuple[Found, Seen | None]:
    """Return what it says that probes, in the order of their numbers, are there; and what is to be remembered of the
    device, None if that is what is remembered of it already.
    """
    probes = sum(there)
    if not probes:
        return _NOTHING, None
    before = seen if seen is not None and seen.since == since else Seen(since, 0, 0, False)
    is_first_ones = all(there[:probes])
    after = Seen(since, max(before.most, probes), probes, before.keeps or not is_first_ones)
    may_be_others = probes < after.most and not after.keeps
    told = _sentence(before.before, probes, may_be_others) if probes < before.before else ""
    return Found(may_be_others, told), None if after == seen else after


def _sentence(before: int, probes: int, may_be_others: bool) -> str:
    """Return the sentence: `3 probes became 2: values may belong to other probes`."""
    what = "values may belong to other probes" if may_be_others else "the others keep their numbers"
    return f"{before} probes became {probes}: {what}"
