"""The set-up pages of what devices sent and no verdict rests on."""

import html
import re

import pytest

from domain.notices import Notice, Remark
from domain.readings import Flag, Reading
from ledger.inputs import Arrived, Batch
from tests.api.web.reading import words
from tests.api.world import NOW, START

AT = START + 120 * 60_000_000


def hear(site, *said, payload=b"{}", **more):
    arrived = Arrived("zz/1/readings", payload, False, NOW, '["zz/+/readings"]', list(said), **more)
    site.desk.writer.step(Batch([arrived]), NOW)


@pytest.fixture
def noticed(site):
    hear(site, Reading("dev1", "", "temperature", 12_000_000, AT), payload=b'{"temp":12,"x":"<b>"}')
    hear(site, Reading("dev1", "", "humidity", None, NOW), remarks=(Remark(Notice.UNUSED_FIELD, "linkquality"),))
    return site


def test_the_list_begins_with_what_calls_for_somebody(noticed, browse):
    page = browse("viewer").get("/setup/notices").text
    said = words(page)
    assert "3 data notices to review" in said
    assert said.index("dev1 Refused value outside a limit") < said.index("Fields that are not used")
    assert "/review" not in page
    assert browse("client").get("/setup/notices").status_code == 403


def test_a_device_shows_each_kind_with_its_message(noticed, browse):
    viewer = browse("viewer")
    page = viewer.get("/setup/devices/dev1").text
    said = words(page)
    assert "Device dev1" in said
    assert "2 data notices to review" in said
    assert "temperature 12.0 °C at 1 Jan 03:00 was refused; 5.1 °C, received first, counts." in said
    assert "Outside: too-warm, zzroomrule." in said
    assert "{&#34;temp&#34;:12,&#34;x&#34;:&#34;&lt;b&gt;&#34;}" in page
    assert "linkquality" in said
    assert viewer.get("/setup/devices/nobody").status_code == 404


def test_its_sensor_and_the_health_page_lead_there(noticed, browse):
    viewer = browse("viewer")
    page = viewer.get("/setup/sensors/S1").text
    assert "2 data notices to review: Refused value outside a limit (1), Fault: no value (1)." in words(page)
    assert 'href="/setup/devices/dev1"' in page
    assert "Data notices 3 data notices to review" in words(viewer.get("/setup/health").text)


def test_what_somebody_has_looked_at_is_said_with_the_name(noticed, browse):
    admin = browse("admin")
    number = admin.get("/setup/devices/dev1").text.split('action="/setup/notices/')[1].split("/")[0]
    answer = admin.send("/setup/devices/dev1", f"/setup/notices/{number}/review")
    assert answer.headers["location"] == "/setup/devices/dev1"
    said = words(admin.get("/setup/devices/dev1").text)
    assert "1 data notice to review" in said
    assert "Reviewed by" in said
    hear(noticed, Reading("dev1", "", "temperature", 13_000_000, AT))
    assert "2 data notices to review" in words(admin.get("/setup/devices/dev1").text)


def test_a_device_of_which_all_is_used_says_so(site, browse):
    assert "Everything this device sent was used." in words(browse("viewer").get("/setup/devices/zzfree").text)


def test_every_reading_of_a_kind_is_listed_with_its_message(noticed, browse):
    viewer = browse("viewer")
    page = viewer.get("/setup/devices/dev1").text
    addresses = re.findall(r'href="(/setup/unused-readings[^"]*)"', page)
    assert len(addresses) == 2  # of fields there are no readings
    refused, faults = (words(viewer.get(html.unescape(address)).text) for address in addresses)
    assert "Refused value outside a limit" in refused
    assert "2026-01-01 03:00:00 CET temperature: 12.0 °C 5.1 °C counts, received first" in refused.replace("\xa0", " ")
    assert "2026-01-03 01:00:00 CET humidity: no number" in faults
    assert browse("client").get(addresses[0]).status_code == 403


def test_a_long_list_goes_on_and_a_time_without_a_zone_stands_as_written(site, browse):
    at = START + 30 * 60_000_000
    hear(site, *(Reading("dev1", "", "humidity", 40_000_000, at + i, Flag.UNKNOWN_ZONE) for i in range(3)))
    viewer = browse("viewer")
    address = "/setup/unused-readings?device=dev1&kind=not_judged_unknown_zone"
    page = viewer.get(f"{address}&limit=2").text
    assert words(page).count("2026-01-01 00:30:00 as written, time not certain") == 2
    (more,) = re.findall(r'href="(/setup/unused-readings[^"]*cursor[^"]*)"', page)
    assert words(viewer.get(html.unescape(more)).text).count("as written, time not certain") == 1
    assert "No readings of this kind are kept." in words(viewer.get(address.replace("dev1", "nobody")).text)
    assert viewer.get(address.replace("not_judged_unknown_zone", "unreadable")).status_code == 422
