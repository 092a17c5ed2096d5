"""Why it is a problem: the rules that fired, in the numbers of the profile versions that were in force. Pure."""

from collections.abc import Mapping, Sequence
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
    """For what it fired, as a sentence ("": its numbers are not known any more), and where it is told why."""

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


def rules_that_fired(fired: Sequence[Fired], site: Site, called: Mapping[str, str]) -> list[RuleWords]:
    """Return the rules, the worst action first, then as they fired. `called`: names of locations by id."""
    groups: dict[tuple[str, str, int], list[Fired]] = {}
    for each in fired:
        groups.setdefault((each.firing.rule, each.firing.profile, each.firing.version), []).append(each)
    words = [_words(alike, site, called) for alike in groups.values()]
    return sorted(words, key=lambda rule: (_WORST.index(rule.action), rule.fired_at))


def _words(fired: Sequence[Fired], site: Site, called: Mapping[str, str]) -> RuleWords:
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
        firings=[_firing(each, called) for each in fired[:FIRINGS_AT_MOST]],
    )


def _firing(fired: Fired, called: Mapping[str, str]) -> FiredFor:
    subject, firing = fired
    parts = [called.get(subject.location, subject.location)] if isinstance(subject, LocationKey) else subject
    name = " ".join(part for part in parts if part is not None)
    places = [called.get(place, place) for place in firing.places]
    sentence = whole(firing.sentence, subject._asdict(), places) if firing.sentence else ""
    return FiredFor(name, sentence, why_address(subject._asdict(), firing.rule, firing.at))
