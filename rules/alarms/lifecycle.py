"""The state of a problem in the words of ISA-18.2 and IEC 62682 (there it is an alarm), and what keeps messages back.

A problem is shelved by a person for a while (SHLVD), its place is out of service (OOSRV), or it is suppressed by design
at certain hours, while a freezer defrosts (DSUPR). None of them touches what is judged: they are no part of the site by
which rules judge.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Suppressed = Literal["SHLVD", "DSUPR", "OOSRV"]
State = Literal["NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV"]

# Of several suppressions at once the last of these is the state.
_PRECEDENCE: tuple[Suppressed, ...] = ("SHLVD", "DSUPR", "OOSRV")


class Suppression(NamedTuple):
    """That nobody is notified of a problem over `[since, until)`, and why."""

    state: Suppressed
    since: int
    until: int
    reason: str


def suppression_of(until: int | None, suppressions: Iterable[Suppression], now: int) -> Suppression | None:
    """Return what keeps the messages of a problem back: what is in force now, or was when it ended (`until`).

    Of several the one with the highest precedence, of such the one that lasts longest.
    """
    ended = until is not None and until <= now
    at = until if until is not None and ended else now
    found = [each for each in suppressions if _covers(each, at, ended=ended)]
    return max(found, key=lambda each: (_PRECEDENCE.index(each.state), each.until, each.reason), default=None)


def _covers(suppression: Suppression, at: int, *, ended: bool) -> bool:
    """Tell whether it covers the present instant, or the last one before the end of a half-open interval."""
    if ended:
        return suppression.since < at <= suppression.until
    return suppression.since <= at < suppression.until


def state_of(
    since: int,
    until: int | None,
    *,
    acknowledged_at: int | None,
    founded: bool,
    suppressions: Iterable[Suppression],
    now: int,
) -> State:
    """Return the state at `now` of a problem over `[since, until)`; `until` None: it is ongoing.

    What ended while it was suppressed nobody was notified of at its end, so nobody has to acknowledge it.
    """
    if not founded or since > now:
        return "NORM"
    suppression = suppression_of(until, suppressions, now)
    acknowledged = acknowledged_at is not None and acknowledged_at <= now
    if until is None or until > now:
        if suppression is not None:
            return suppression.state
        return "ACKED" if acknowledged else "UNACK"
    return "NORM" if acknowledged or suppression is not None else "RTNUN"
