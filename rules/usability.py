"""May this unit be used, and if not, why: the one answer that API, pages, mails and exports give.

A pure function of what is known: the unit's holds, its verdict (or, where it is not judged, what has triggered for it),
by which status it is blocked (`batches.status`), whether it is outside a limit now, and its expiry date. What blocks
comes before what only needs a look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from domain.language import gettext, mark
from domain.topics import HOLD_STATES
from rules.unit_verdict import Verdict

BlockedBy = Literal["rejected", "recalled", "quarantined", "blocked_source", "not_released"]
Code = Literal[
    "held", "unfounded", "rejected", "recalled", "quarantined", "blocked_source", "hold", "not_released", "expired",
    "review", "outside", "unknown", "released", "ok",
]  # fmt: skip

# Worst first: how units are sorted, and what a batch counts as.
CODES: tuple[Code, ...] = get_args(Code)
_BLOCKING: tuple[Code, ...] = CODES[: CODES.index("expired") + 1]
_CLEAR: tuple[Code, ...] = ("released", "ok")

_WORDS: dict[Code, str] = {
    "held": HOLD_STATES["held"],
    "unfounded": HOLD_STATES["unfounded"],
    "rejected": HOLD_STATES["rejected"],
    "released": HOLD_STATES["released"],
    "recalled": mark("recalled"),
    "quarantined": mark("quarantined"),
    "blocked_source": mark("made from rejected or recalled stock"),
    "not_released": mark("not released"),
    "hold": mark("due for a hold"),
    "expired": mark("expired"),
    "review": mark("due for review"),
    "outside": mark("outside a limit now"),
    "unknown": mark("condition not known well enough"),
    "ok": mark("in order"),
}


class Held(Protocol):
    """A hold of the unit: of which rule, and held, unfounded (held, no longer supported), released or rejected."""

    @property
    def rule(self) -> str: ...

    @property
    def status(self) -> str: ...


class Triggered(Protocol):
    """A rule that triggered for the unit."""

    @property
    def rule(self) -> str: ...

    @property
    def action(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Usability:
    """The answer: `code` is the first reason that applies, of CODES."""

    code: Code

    @property
    def may_be_used(self) -> bool:
        """Tell whether nothing forbids to use the unit."""
        return self.code not in _BLOCKING

    @property
    def is_on_hold(self) -> bool:
        """Tell whether a hold waits for a person's decision."""
        return self.code in ("held", "unfounded")

    @property
    def is_clear(self) -> bool:
        """Tell whether nothing needs a person's attention either."""
        return self.code in _CLEAR

    @property
    def words(self) -> str:
        """Return the reason in a few words: `on hold`, `due for review`."""
        return gettext(_WORDS[self.code])

    @property
    def rank(self) -> int:
        """Return what units are sorted by, the worst first."""
        return CODES.index(self.code)


def usability(
    holds: Iterable[Held],
    triggered: Iterable[Triggered],
    verdict: Verdict | None = None,
    *,
    blocked: BlockedBy | None = None,
    is_outside: bool = False,
    is_expired: bool = False,
) -> Usability:
    """Return whether a unit may be used. `verdict` None: it was not judged, what has triggered decides.

    `blocked`: by which status of its own, its lot's or of what it came from.

    A person's decision stands for the rules that it was about: what triggered and was released holds no more.
    """
    holds, triggered = list(holds), list(triggered)
    if verdict is None:
        actions = {each.action for each in triggered}
        verdict = "hold" if "hold" in actions else "review" if "review" in actions else "ok"
    forbidden = _forbidden(holds, triggered, verdict, blocked, is_expired=is_expired)
    return Usability(forbidden or _allowed(holds, verdict, is_outside=is_outside))


def _forbidden(
    holds: list[Held], triggered: list[Triggered], verdict: Verdict, blocked: BlockedBy | None, *, is_expired: bool
) -> Code | None:
    """Return what forbids to use the unit; None: nothing does."""
    statuses = {hold.status for hold in holds}
    for status in ("held", "unfounded", "rejected"):
        if status in statuses:
            return status
    if blocked is not None and blocked != "not_released":
        return blocked
    decided = {hold.rule for hold in holds}
    holding = {each.rule for each in triggered if each.action == "hold"}
    if verdict == "hold" and not holding <= decided:
        return "hold"
    return blocked or ("expired" if is_expired else None)


def _allowed(holds: list[Held], verdict: Verdict, *, is_outside: bool) -> Code:
    """Return what is said of a unit that may be used."""
    if verdict == "hold":
        return "released"
    if verdict == "review":
        return "review"
    if is_outside:
        return "outside"
    return "unknown" if verdict == "unknown" else "released" if holds else "ok"
