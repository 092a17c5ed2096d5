"""Why it is a problem: the rules that fired, in the numbers of the profile versions that were in force. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.web.frame.addresses import why_address
from api.web.frame.formats import limit_length
from api.web.problem.answer import version_and_rule
from api.web.problem.record import Fields
from domain.model import Site
from domain.topics import whole

FIRINGS_AT_MOST = 10
_WORST = ("hold", "review", "notify")


class Firing(NamedTuple):
    """For what it fired, as a sentence, and where it is told why."""

    name: str
    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule of one profile version, when it fired, and for how many. `required` None: the version is no more."""

    rule: str
    profile: str
    version: int
    required: str | None
    action: str
    severity: str
    fired_at: int  # first
    units: int
    is_of_place: bool
    effective_from: int | None
    max_gap: str | None
    gap_counts_as: str | None
    firings: Sequence[Firing]  # the first few


def rules_that_fired(firings: Sequence[Fields], site: Site) -> list[RuleWords]:
    """Return the rules, the worst action first, then as they fired."""
    groups: dict[tuple[str, str, int], list[Fields]] = {}
    for firing in firings:
        because = firing["because"]
        groups.setdefault((firing["rule"], because["profile"], because["version"]), []).append(firing)
    words = [_words(alike, site) for alike in groups.values()]
    return sorted(words, key=lambda rule: (_WORST.index(rule.action), rule.fired_at))


def _words(firings: Sequence[Fields], site: Site) -> RuleWords:
    first = firings[0]
    version, rule = version_and_rule(site, first)
    return RuleWords(
        rule=first["rule"],
        profile=first["because"]["profile"],
        version=first["because"]["version"],
        required=None if rule is None else str(rule.condition.describe()),
        action=first["action"],
        severity=first["severity"],
        fired_at=min(firing["at"] for firing in firings),
        units=len(_units(firings)),
        is_of_place=any(firing["location"] is not None for firing in firings),
        effective_from=None if version is None else version.effective_from,
        max_gap=None if version is None else limit_length(version.max_gap),
        gap_counts_as=None if version is None else version.gap_counts_as,
        firings=[_firing(firing) for firing in firings[:FIRINGS_AT_MOST]],
    )


def _firing(row: Fields) -> Firing:
    name = row["location"] or " ".join(row[part] for part in ("product", "lot", "unit") if row[part] is not None)
    sentence = whole(row["because"]["sentence"], row, row["because"]["places"])
    return Firing(name, sentence, why_address(row, row["rule"], row["at"]))


def _units(firings: Iterable[Fields]) -> set[tuple[str, str, str | None]]:
    return {(f["product"], f["lot"], f["unit"]) for f in firings if f["location"] is None}
