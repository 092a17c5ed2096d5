"""What is said of a subject by one version of the site, from the readings that are stored."""

from typing import NamedTuple

from domain.model import Site
from rules.alarms.off_delay import clears_at, off_delay_of, off_delays
from rules.judgement import Exposure, Firing, judge
from rules.subjects.evidence.coverage import in_storage_and_unknown
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import SeriesOf, Timelines
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts
from rules.unit_verdict import verdict_of

Key = UnitKey | LocationKey


class Outcome(NamedTuple):
    """What is said of a subject; firings: those from an instant on."""

    verdict: str
    firings: tuple[Firing, ...]
    exposures: tuple[Exposure, ...]
    watched_from: int  # NEVER if it never was
    clear_at: tuple[int, ...]  # of each firing: when people are told that it is over


class Side:
    """Judges subjects by one site up to `until`; of their firings those from `since` on are told.

    Two sites in which the same sensors speak for the same places may share `timelines`.
    """

    def __init__(self, site: Site, places: Places, timelines: Timelines, since: int, until: int) -> None:
        self.whereabouts = Whereabouts(site, places)
        self._timelines = timelines
        self._off_delays = off_delays(site)
        self._since, self._until = since, until

    @classmethod
    def of(cls, site: Site, readings: SeriesOf, since: int, until: int) -> "Side":
        """Return a side with timelines of its own."""
        places = Places(site)
        return cls(site, places, Timelines(places, readings), since, until)

    def outcome(self, key: Key) -> Outcome:
        """Judge a subject."""
        evidence = SubjectEvidence(self._subject(key), self._timelines, self._until)
        judged = judge(evidence)
        watched, unknown, longest = in_storage_and_unknown(evidence)
        inside = tuple(firing for firing in judged.firings if firing.at >= self._since)
        clear_at = tuple(clears_at(each, judged.exposures, off_delay_of(each, self._off_delays)) for each in inside)
        said = verdict_of(evidence, judged, watched, unknown, longest)
        return Outcome(said, inside, judged.exposures, evidence.watch[0], clear_at)

    def _subject(self, key: Key) -> Subject:
        if isinstance(key, LocationKey):
            return self.whereabouts.location(key.location)
        return self.whereabouts.unit(key, self._until)
