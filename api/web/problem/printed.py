"""A problem printed as a record: what it is of, and what was done and revised. Pure."""

from collections.abc import Sequence

from api.web.components.record import Content, excursion_revised, exposure_revised, named
from api.web.frame.formats import Clock
from api.web.frame.texts import text
from api.web.problem.page import Story
from api.web.problem.record import Record
from ledger.models.hold import Hold


def content_of(record: Record, holds: Sequence[Hold]) -> Content:
    """Return what is on record of the problem; `holds`: its holds with what was decided of each."""
    revisions = [exposure_revised(each.known_at, each.rule, each.key.unit) for each in record.exposures]
    revisions += [excursion_revised(each.known_at, each.rule, each.location) for each in record.excursions]
    return Content([record.alert.place], holds, record.entries, revisions)


def facts_of(story: Story, clock: Clock) -> list[tuple[str, str]]:
    """Return what the printed record is of."""
    alert = story.alert
    ended = text("record.in_progress") if alert.until is None else clock.both(alert.until)
    return [
        (text("frame.problem"), str(alert.id)),
        (text("record.location"), named(story.place_name, alert.place)),
        (text("record.began"), clock.both(alert.since)),
        (text("record.ended"), ended),
    ]
