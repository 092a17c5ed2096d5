"""Why it is a problem: the rules that fired, in the numbers of the profile versions that were in force. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.web.frame.addresses import why_address
from api.web.frame.formats import limit_length
from api.web.problem.answer import version_and_rule
from domain.model import Site
from domain.topics import whole
from rules.alarms.problems import Fired
from rules.subjects.whereabouts import LocationKey, UnitKey

FIRINGS_AT_MOST = 10
_WORST = ("hold", "review", "notify")


class FiredFor(NamedTuple):
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
    firings: Sequence[FiredFor]  # the first few


def rules_that_fired(fired: Sequence[Fired], site: Site) -> list[RuleWords]:
    """Return the rules, the worst action first, then as they fired."""
    groups: dict[tuple[str, str, int], list[Fired]] = {}
    for each in fired:
        groups.setdefault((each.firing.rule, each.firing.profile, each.firing.version), []).append(each)
    words = [_words(alike, site) for alike in groups.values()]
    return sorted(words, key=lambda rule: (_WORST.index(rule.action), rule.fired_at))


def _words(fired: Sequence[Fired], site: Site) -> RuleWords:
    first = fired[0].firing
    version, rule = version_and_rule(site, first)
    subjects = {each.subject for each in fired}
    return RuleWords(
        rule=first.rule,
        profile=first.profile,
        version=first.version,
        required=None if rule is None else str(rule.condition.describe()),
        action=first.action,
        severity=first.severity,
        fired_at=min(each.firing.at for each in fired),
        units=sum(isinstance(subject, UnitKey) for subject in subjects),
        is_of_place=any(isinstance(subject, LocationKey) for subject in subjects),
        effective_from=None if version is None else version.effective_from,
        max_gap=None if version is None else limit_length(version.max_gap),
        gap_counts_as=None if version is None else version.gap_counts_as,
        firings=[_firing(each) for each in fired[:FIRINGS_AT_MOST]],
    )


def _firing(fired: Fired) -> FiredFor:
    subject, firing = fired
    name = " ".join(part for part in subject if part is not None)
    sentence = whole(firing.sentence, subject._asdict(), firing.places)
    return FiredFor(name, sentence, why_address(subject._asdict(), firing.rule, firing.at))
