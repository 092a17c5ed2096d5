"""Trying a profile on the past from a page: what was written, within a time that a browser waits."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from api.deps import View
from api.web.frame.moment import read_moment
from api.web.frame.texts import text
from domain.errors import InvalidError, Refused
from domain.times import format_instant
from ledger.backtest.outcome import Report
from ledger.backtest.run import backtest
from ledger.backtest.trial import trial
from sites import convert
from sites.file import load

LONGEST = 50_000  # signs of a profile
PATIENCE_S = 60.0
ROWS = 100  # of each list that is shown


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wrote into the form."""

    profile: str
    since: str = ""
    until: str = ""
    product: str = ""
    effective: str = ""  # from when it is to be in force; nothing: as the text says
    reason: str = ""


def problems_of(error: Exception) -> Sequence[str]:
    """Return what is wrong, a line for each."""
    return error.problems if isinstance(error, Refused) else [str(error)]


def read_profiles(asked: Asked, zone: tzinfo) -> list[dict[str, Any]]:
    """Return the versions written, from when the person says. Raises Refused or InvalidError."""
    if len(asked.profile) > LONGEST:
        raise InvalidError(text("forms.too_long", count=LONGEST))
    effective = read_moment(asked.effective, zone)
    when = {} if effective is None else {"effective_from": format_instant(effective)}
    entries = load(asked.profile, text("backtest.profile"))
    return [{**entry.doc, **when} for entry in entries if entry.kind == "profile"]


def tried(view: View, asked: Asked, zone: tzinfo) -> Report:
    """Return what trying comes to. Raises InvalidError, also where it takes longer than anybody waits."""
    versions = read_profiles(asked, zone)
    ends = time.monotonic() + PATIENCE_S

    def reached(done: int, whole: int) -> None:
        if time.monotonic() > ends:
            raise InvalidError(text("backtest.too_long", done=done, whole=whole))

    plan = trial(
        view.snapshot.site,
        [convert.profile(doc) for doc in versions],
        since=read_moment(asked.since, zone),
        until=read_moment(asked.until, zone) or view.now,
        product=asked.product.strip() or None,
    )
    return backtest(view.connection, plan, reached)
