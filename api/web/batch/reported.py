"""What was reported of a batch, in the words of the version that counted then: a later one never changes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.reads.profile_versions import ProfileVersions
from api.web.batch.tables import Exposed, exposed_rows
from api.web.batch.words import requirement, rule_at, short_names
from api.web.components.causes import words_of
from api.web.frame.formats import Clock
from api.web.frame.sentences import say
from api.web.problem.item import Item, grouped
from api.web.problem.revisions import intervals
from domain.model import Dated, Rule, Site
from ledger.models.exposure import Exposure
from ledger.models.finality import Cause, is_retroactive
from ledger.models.hold import Reason
from ledger.models.interval import Interval
from ledger.models.unit import Unit


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """That a rule asked for a review of a unit, in one of its revisions."""

    unit: str | None
    rule: str
    at: int
    why: Reason
    known_at: int
    superseded_at: int | None
    cause: Cause | None
    superseded_because: Cause | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a product's profile, as they were on record when something became known."""

    site: Site
    product: str
    profile: Dated[str | None]
    versions: ProfileVersions

    def of_exposure(self, exposure: Interval) -> Rule | None:
        """Return the rule by which a unit was outside, as it was when this revision was written."""
        found = self.versions.rule_in_force(self.profile, exposure.rule, exposure.since, exposure.known_at)
        return found[1] if found else rule_at(self.site, self.product, exposure.rule, exposure.since)

    def of_version(self, why: Reason, rule: str, known_at: int) -> Rule | None:
        """Return the rule that triggered, as it was then."""
        found = self.versions.rule(why.profile, why.version, rule, known_at)
        return found or next(
            (
                each
                for version in self.site.profiles.get(why.profile, ())
                if version.version == why.version
                for each in version.rules
                if each.id == rule
            ),
            None,
        )

    def words(self, why: Reason, rule: str, known_at: int) -> Markup:
        """Return e.g. `too-warm: above 8.0 °C for 1 h or more (vaccine-2-8 version 1)`."""
        required = requirement(self.of_version(why, rule, known_at), rule)
        return say("batch.rule_of", rule=rule, required=required, profile=why.profile, version=str(why.version))


def entries_of(units: Sequence[Unit], revisions: Sequence[Exposure], rules: Rules) -> list[Exposed]:
    """Return what units were exposed to as it was told before a later version changed it, else as it is known."""
    by_name = {unit.name: unit for unit in units}
    known = {each.id: each for unit in units for each in unit.exposures}
    found = []
    for chain in intervals(revisions):
        before = next((each for each in chain if is_retroactive(each.superseded_because)), None)
        shown = before or known.get(chain[-1].id)
        unit = by_name.get(chain[-1].key.unit)
        if shown is not None and unit is not None:
            found.append((unit, shown))
    return exposed_rows(found, rules.of_exposure)


def reviews(found: Sequence[ReviewDue], rules: Rules, of: int, clock: Clock) -> Iterator[Item]:
    """Tell when rules asked for a review, and when a later version took that back."""
    told = [each for each in found if each.superseded_at is None or is_retroactive(each.superseded_because)]
    for (rule, at, known_at), alike in grouped(told, lambda each: (each.rule, each.at, each.known_at)):
        names = short_names([each.unit for each in alike], of)
        title = say("batch.to_review", units=names, count=len(alike))
        yield Item(at, title, [rules.words(alike[0].why, rule, known_at)], None, "warn", 3)
    gone = [each for each in told if each.superseded_at is not None]
    for (rule, ended), alike in grouped(gone, lambda each: (each.rule, each.superseded_at)):
        first = alike[0]
        names = short_names(list(dict.fromkeys(each.unit for each in alike)), of)
        title = say("batch.review_superseded", units=names, count=len(alike))
        cause = words_of(first.superseded_because, clock)
        details = [rules.words(first.why, rule, first.known_at), *([cause] if cause is not None else [])]
        yield Item(ended or 0, title, details, None, "plain", 3)
