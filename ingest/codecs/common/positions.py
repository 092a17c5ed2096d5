"""Probes that only their position in a message tells apart: what a message says of whose values it has.

Positions are numbered anew where a probe is gone: of three, two then have the first two numbers. So where fewer are
there than once were, and just the first ones, each value may be another probe's. Where a number further on is there,
they are not numbered anew: that device keeps its numbers, and nothing of it is doubted any more. A mapping given anew
says what the probes are from then on.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ingest.decoded import Memory

_DEVICES_AT_MOST = 10_000


class _Seen(NamedTuple):
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


def look(memory: Memory, device: str, since: int, there: Sequence[bool]) -> tuple[Found, Memory]:
    """Return what it says that probes, in the order of their numbers, are there, and what is to be remembered."""
    probes = sum(there)
    if not probes:
        return _NOTHING, memory
    known = memory if isinstance(memory, dict) else {}
    seen = _seen(known.get(device), since)
    is_first_ones = all(there[:probes])
    after = _Seen(since, max(seen.most, probes), probes, seen.keeps or not is_first_ones)
    may_be_others = probes < after.most and not after.keeps
    told = _told(seen.before, probes, may_be_others) if probes < seen.before else ""
    if list(after) == known.get(device):
        return Found(may_be_others, told), memory
    kept = {} if len(known) >= _DEVICES_AT_MOST else known
    return Found(may_be_others, told), {**kept, device: list(after)}


def _seen(stored: object, since: int) -> _Seen:
    if isinstance(stored, int):  # of an earlier version: how many there were
        return _Seen(since, stored, stored, False)
    seen = _Seen(*stored) if isinstance(stored, list | tuple) else _Seen(since, 0, 0, False)
    return seen if seen.since == since else _Seen(since, 0, 0, False)


def _told(before: int, probes: int, may_be_others: bool) -> str:
    """Return the sentence: `3 probes became 2: values may belong to other probes`."""
    what = "values may belong to other probes" if may_be_others else "the others keep their numbers"
    return f"{before} probes became {probes}: {what}"
