"""Off-delays: how long what a rule says must be over before people are notified of it. Nothing is judged by them.

The word is ISA-18.2's and IEC 62682's: an alarm stays active if it dips out only briefly.
"""

from collections.abc import Iterable, Mapping

from domain.model import Site
from domain.times import NEVER
from rules.judgement import Exposure, Firing

RuleKey = tuple[str, int, str]  # profile, version, rule
OffDelays = Mapping[RuleKey, int]  # of the rules that have one


def off_delays(site: Site) -> dict[RuleKey, int]:
    """Return the off-delays of all versions of all profiles."""
    versions = [version for each in site.profiles.values() for version in each]
    return {(v.profile, v.version, rule.id): rule.off_delay for v in versions for rule in v.rules if rule.off_delay}


def off_delay_of(firing: Firing, known: OffDelays) -> int:
    """Return the off-delay of what fired, by the version that asked."""
    return known.get((firing.profile, firing.version, firing.rule), 0)


def clears_at(firing: Firing, exposures: Iterable[Exposure], off_delay: int) -> int:
    """Return when it has been over for so long, NEVER while it is ongoing or nothing in range has been heard since.

    `exposures`: of the same subject. What is outside again meanwhile begins it anew, whether or not that fires.
    """
    over = firing.back_at
    for again in sorted((each for each in exposures if each.rule == firing.rule), key=lambda each: each.since):
        if again.since <= over + off_delay:
            over = max(over, NEVER if again.until is None else again.until)
    return min(over + off_delay, NEVER)
