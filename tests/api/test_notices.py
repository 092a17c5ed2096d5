"""What devices sent and no verdict rests on, as the API, the pages and the metrics tell it."""

import re

import pytest

from domain.notices import KINDS, Notice, Remark, about
from domain.readings import Flag, Reading
from domain.times import DAY
from ledger.inputs import Arrived, Batch
from store.compaction import sweep
from tests.api.world import NOW, START


@pytest.fixture
def noticed(site):
    """A site whose dev1 sent second values, one of them outside a limit, a fault and a field that nothing reads."""
    at = START + 120 * 60_000_000
    said = [Reading("dev1", "", "temperature", value, at) for value in (5_200_000, 12_000_000)]
    fault = Reading("dev1", "", "humidity", None, NOW)
    field = Remark(Notice.UNUSED_FIELD, "linkquality")
    messages = [Arrived("zz/1/readings", b'{"temp":1}', False, NOW, '["zz/+/readings"]', [each]) for each in said]
    messages.append(Arrived("zz/1/readings", b"{}", False, NOW, '["zz/+/readings"]', [fault], remarks=(field,)))
    site.desk.writer.step(Batch(messages), NOW)
    return site


def test_a_device_lists_what_it_sent_and_nothing_uses(noticed):
    api = noticed.api("viewer")
    found = api.get("/devices/dev1/notices").json()
    assert [(each["kind"], each["count"], each["calls"]) for each in found] == [
        ("conflict_outside", 1, True),
        ("conflict", 1, True),
        ("unused_field", 1, False),
        ("fault_unknown", 1, True),
    ]
    outside = found[0]
    assert outside["samples"][0]["text"] == (
        "temperature 12.0 °C at 2026-01-01 02:00 UTC was refused; 5.1 °C, received first, counts. "
        "Outside: too-warm, zzroomrule."
    )
    assert (outside["samples"][0]["topic"], outside["samples"][0]["payload"]) == ("zz/1/readings", '{"temp":1}')
    assert api.get("/devices/nobody/notices").json() == []


def test_conflicts_are_listed_page_by_page(noticed):
    found = noticed.api("viewer").items("/devices/dev1/conflicts", limit=1)
    assert [(each["kept"], each["refused"], each["measured_at"]) for each in found] == [
        (5.1, 5.2, "2026-01-01T02:00:00Z"),
        (5.1, 12.0, "2026-01-01T02:00:00Z"),
    ]


def test_all_are_listed_and_counted_by_kind(noticed):
    api = noticed.api("viewer")
    kinds = {each["kind"] for each in api.items("/notices", limit=1)}
    assert kinds == {"conflict_outside", "conflict", "unused_field", "fault_unknown", "unreadable"}
    assert [each["device"] for each in api.items("/notices", kind="unreadable")] == [None]
    assert [each["kind"] for each in api.items("/notices", device="dev1", fresh="false")] == []
    totals = {each["kind"]: (each["count"], each["devices"]) for each in api.get("/notices/totals").json()}
    assert totals["conflict"] == (1, 1)


def test_what_was_reviewed_is_not_fresh(noticed):
    api = noticed.api("admin")
    (number,) = [each["id"] for each in api.items("/notices", kind="conflict")]
    assert noticed.api("viewer").post(f"/notices/{number}/review", {}).status_code == 403
    reviewed = api.post(f"/notices/{number}/review", {}).json()
    assert (reviewed["fresh"], reviewed["count"], reviewed["reviewed_at"]) == (0, 1, "2026-01-03T00:00:00Z")
    assert number not in [each["id"] for each in api.items("/notices", fresh="true")]
    assert api.post("/notices/999/review", {}).status_code == 404


def test_a_client_sees_none(noticed):
    api = noticed.api("client")
    for path in ("/notices", "/notices/totals", "/devices/dev1/notices", "/devices/dev1/conflicts"):
        assert api.get(path).status_code == 403


def test_metrics_have_every_kind_and_no_device(noticed):
    text = noticed.api("viewer").get("//metrics").text
    assert 'coldchain_notices_total{kind="conflict_outside"} 1.0' in text
    assert 'coldchain_notices_unreviewed{kind="conflict"} 1.0' in text
    assert text.count("coldchain_notices_total{") == len(KINDS)
    assert "dev1" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained(kind):
    group, title, explanation, _ = about(kind)
    assert title != kind
    assert explanation.endswith(".")
    assert group


def test_a_kind_of_a_later_version_says_its_name():
    assert about("something_new").title == "something_new"


def test_readings_that_count_for_nothing_are_listed_one_by_one_with_their_message(noticed):
    api = noticed.api("viewer")
    (fault,) = api.items("/devices/dev1/unused-readings")
    assert (fault["quantity"], fault["value"], fault["kind"]) == ("humidity", None, "fault_unknown")
    assert (fault["measured_at"], fault["journal"] > 0) == ("2026-01-03T00:00:00Z", True)
    assert api.items("/devices/dev1/unused-readings", kind="fault_unknown") == [fault]
    assert api.items("/devices/dev1/unused-readings", kind="not_judged_twice") == []
    assert api.items("/devices/nobody/unused-readings") == []
    assert api.get("/devices/dev1/unused-readings", kind="conflict").status_code == 422
    assert noticed.api("client").get("/devices/dev1/unused-readings").status_code == 403


def test_more_of_them_than_a_page_come_each_once_in_order_of_time(site):
    api = site.api("viewer")
    for minute in range(7):
        at = NOW + minute * 60_000_000
        said = [Reading("dev1", "", "temperature", None, at), Reading("dev1", "", "humidity", None, at, Flag.TWICE)]
        site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, at, "src", said)]), at)
    found = api.items("/devices/dev1/unused-readings", limit=2)
    assert [each["measured_at"] for each in found] == sorted(each["measured_at"] for each in found)
    assert len({(each["measured_at"], each["quantity"]) for each in found}) == len(found) == 14
    twice = api.items("/devices/dev1/unused-readings", limit=3, kind="not_judged_twice")
    assert [each["quantity"] for each in twice] == ["humidity"] * 7


def test_what_was_packed_by_days_is_listed_as_before(site):
    api, at = site.api("viewer"), START + 3 * 60_000_000
    said = [Reading("dev1", "", "humidity", None, at), Reading("dev1", "", "humidity", 40_000_000, at + 1, Flag.TWICE)]
    site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, NOW, "src", said)]), NOW)
    before = api.items("/devices/dev1/unused-readings")
    sweep(site.database, START + 2 * DAY)
    assert site.desk.rows("chunks") != []
    assert api.items("/devices/dev1/unused-readings") == before
    assert [(each["kind"], each["value"]) for each in before] == [("fault_unknown", None), ("not_judged_twice", 40.0)]


def test_a_second_value_of_a_device_that_is_no_sensor_counts_and_is_listed(site):
    at = START + 5 * 60_000_000  # zzfree has said 4.0 then
    said = [Reading("zzfree", "", "temperature", 12_000_000, at)]
    site.desk.writer.step(Batch([Arrived("zz/4/readings", b"{}", False, NOW, "src", said)]), NOW)
    api = site.api("viewer")
    (refused,) = api.items("/devices/zzfree/conflicts")
    assert (refused["kept"], refused["refused"]) == (4.0, 12.0)
    assert [(each["kind"], each["count"]) for each in api.get("/devices/zzfree/notices").json()] == [("conflict", 1)]


def test_metrics_count_the_clocks_that_are_off_and_look_every_ten_minutes(site):
    def off(minute):
        site.desk.now = NOW + minute * 60_000_000
        (line,) = re.findall(
            r"^coldchain_device_clocks_off (.*)$", site.api("viewer").get("//metrics").text, re.MULTILINE
        )
        return float(line)

    assert off(0) == 0
    for minute in range(5):  # steadily 40 minutes behind
        at = NOW + minute * 60_000_000
        said = [Reading("slow1", "", "temperature", 5_000_000, at - 40 * 60_000_000)]
        site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, at, "src", said)]), at)
    assert (off(5), off(11)) == (0, 1)
