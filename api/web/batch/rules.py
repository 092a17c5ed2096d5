"""Why: what the profile requires, in the versions that were in force, and what of it fired for whom. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.web.batch.words import short_names
from domain.model import ProfileVersion, Rule
from ledger.models.unit import Unit
from rules.subjects.whereabouts import InForce


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words; `units` for which it fired first `at`, none if it never did."""

    rule: Rule
    required: str
    units: Markup | None
    at: int | None
    first: str | None = None  # the unit for which it did


@dataclass(frozen=True, slots=True)
class VersionRows:
    """A version of the profile, when it was in force while the batch was watched, and its rules."""

    version: ProfileVersion
    since: int
    until: int
    rows: Sequence[RuleRow]


def versions_of(versions: Sequence[InForce], units: Sequence[Unit], first: int, now: int) -> list[VersionRows]:
    """Return the versions in force between the first stay and now, newest first."""
    found = [
        VersionRows(version, since, until, list(_rows(version, since, until, units)))
        for since, until, version in versions
        if until > first and since <= now
    ]
    return found[::-1]


def _rows(version: ProfileVersion, since: int, until: int, units: Sequence[Unit]) -> Iterator[RuleRow]:
    for rule in version.rules:
        fired = [
            (unit.name, f.at)
            for unit in units
            for f in unit.verdict.firings
            if f.rule == rule.id and since <= f.at <= until
        ]
        names = list(dict.fromkeys(name for name, _ in fired))
        yield RuleRow(
            rule,
            str(rule.condition.describe()),
            short_names(names, len(units)) if fired else None,
            min((at for _, at in fired), default=None),
            min(fired, key=lambda each: each[1])[0] if fired else None,
        )
