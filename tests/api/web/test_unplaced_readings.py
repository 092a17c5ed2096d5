"""A reading of which nobody knows when it was measured has no time of measurement on its page."""

from domain.readings import Flag, Reading
from domain.times import HOUR, MINUTE, format_instant
from ledger.inputs import Arrived, Batch
from tests.api.web.reading import words
from tests.api.world import NOW


def test_the_page_of_readings_says_what_was_sent_and_no_time(site, browse):
    kept = [
        (Flag.UNKNOWN_ZONE, 20 * MINUTE),
        (Flag.TWICE, 30 * MINUTE),
        (Flag.ARRIVAL_TIME | Flag.NO_ZONE, None),
    ]
    heard = [
        Reading("dev1", "", "temperature", (6 + i) * 1_000_000, None if before is None else NOW - before, flag)
        for i, (flag, before) in enumerate(kept)
    ]
    messages = [Arrived("zz/1/readings", b"", False, NOW + i, readings=[each]) for i, each in enumerate(heard)]
    site.desk.writer.step(Batch(messages), NOW)
    page = browse("viewer").get(f"/readings?sensor=S1&at={format_instant(NOW - HOUR // 3)}").text
    said = words(page)
    assert "unknown sent as 2026-01-02 23:40:00 S1 6.0 °C 2026-01-03 01:00:00 CET" in said
    assert "not evaluated: local time without a time zone, sent later: time unknown" in said
    assert "unknown S1 7.0 °C 2026-01-03 01:00:00 CET" in said
    assert "local time without a time zone: time of receipt used" in said
    assert "no time stamp: time of receipt used; local" not in said
    assert format_instant(NOW - 20 * MINUTE) not in page.split("<tbody>")[1].split("unknown")[0]
