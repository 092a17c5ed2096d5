"""Batches, places and their charts in a browser: by pointer, by keys, live, on paper, without scripts."""

import json
import re

import pytest

from ledger.requests import Dispose
from tests.api.web.reading import without_secret
from tests.api.world import ALLOWED, HIDDEN_VALUES, MARK, START
from tests.browser.checking import PHONE, check, violations

A1 = "/batches/VAX/A1?unit=PALLET-7"
PLOT = "#chart-temperature .plot"
MINUTE_MS = 60_000


def drawn(page):
    """Wait for the chart."""
    page.wait_for_selector("#chart-temperature.live canvas")
    return page.locator(PLOT)


def span(page):
    """Return from when to when the chart shows, in minutes after the start of the story."""
    shown = "document.querySelector('#chart-temperature').chart.plot.scales.x"
    found = page.evaluate(f"[{shown}.min, {shown}.max]")
    return tuple(round((at - START / 1000) / MINUTE_MS) for at in found)


def settled(page):
    """Wait until the readings of the span that is shown are there."""
    page.wait_for_selector("#chart-temperature:not([data-waiting])")


def readout(page):
    return page.locator("#chart-temperature .readout").inner_text()


@pytest.mark.parametrize(
    "path",
    [
        A1,
        "/batches/VAX/A2",
        "/batches/VAX/A/3",
        "/places/ROOM-1",
        "/readings?sensor=S1&at=2026-01-01T05:00:00Z",
        "/profiles/vaccine-2-8/1",
    ],
)
def test_pages_can_be_used_by_everybody(look, path):
    page = look("qa", path)
    page.wait_for_load_state("networkidle")
    check(page)


def test_a_clients_page_can_be_used_by_everybody(look):
    page = look("client", A1)
    drawn(page)
    check(page)


def test_dragging_zooms_and_a_double_click_shows_the_whole_again(look):
    page = look("viewer", A1)
    box = drawn(page).locator(".u-over").bounding_box()
    assert span(page) == (120, 2880)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=5)
    page.mouse.up()
    settled(page)
    since, until = span(page)
    assert abs(since - 810) < 12
    assert abs(until - 1500) < 12
    page.mouse.dblclick(box["x"] + 100, box["y"] + 50)
    settled(page)
    assert span(page) == (120, 2880)


def test_keys_move_zoom_and_read(look):
    page = look("viewer", A1)
    drawn(page).focus()
    page.keyboard.press("+")
    assert span(page) == (810, 2190)
    page.keyboard.press("ArrowLeft")
    assert span(page) == (534, 1914)
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert span(page) == (120, 2880)
    page.keyboard.press("Shift+ArrowLeft")
    assert "CET" in readout(page)
    page.keyboard.press("Escape")
    assert "Drag to zoom" in readout(page)


def test_the_crosshair_reads_time_place_value_and_what_was_wrong(look):
    page = look("viewer", A1)
    drawn(page)
    page.locator("#exposures a[data-zoom]").first.click()
    settled(page)
    plot = page.locator(f"{PLOT} .u-over")
    since, until = span(page)
    plot.hover(position={"x": plot.bounding_box()["width"] * (345 - since) / (until - since), "y": 60})
    said = readout(page)
    assert re.search(r"Thu,? 1 Jan 2026,? 06:4\d:\d\d CET", said)
    assert "ROOM-1" in said
    assert "S1 9.6 °C" in said
    assert "above limit: too-warm" in said


def test_an_exposure_leads_into_the_chart_without_leaving_the_page(look):
    page = look("viewer", A1)
    drawn(page)
    page.evaluate("window.stayed = true")
    page.locator("#exposures a[data-zoom]").first.click()
    settled(page)
    assert span(page) == (270, 420)
    assert page.evaluate("window.stayed")


def test_the_table_holds_what_the_chart_shows(look):
    page = look("viewer", A1)
    drawn(page)
    page.locator("#exposures a[data-zoom]").first.click()
    settled(page)
    page.get_by_text("Show as table").first.click()
    page.locator("#chart-temperature tbody").get_by_text("1 Jan 06:20").wait_for()
    assert "9.6 °C" in page.locator("#chart-temperature tbody").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert violations(page) == []


def test_readings_that_cannot_be_fetched_are_said_and_tried_again(open_page):
    page = open_page("viewer", "/account")
    page.route("**/charts/**", lambda route: route.fulfill(status=503))
    page.goto(page.url.replace("/account", A1))
    page.get_by_text("The readings could not be loaded.").wait_for()
    assert page.locator("#chart-temperature svg.still").is_visible()
    page.unroute("**/charts/**")
    page.get_by_role("button", name="Try again").click()
    drawn(page)


def test_pictures_and_readings_can_be_taken_along(look):
    page = look("viewer", A1)
    drawn(page)
    for name, file in (("PNG", "temperature.png"), ("SVG", "temperature.svg"), ("CSV", "temperature.csv")):
        with page.expect_download() as download:
            page.locator("#chart-temperature .tools").get_by_text(name, exact=True).click()
        assert download.value.suggested_filename == file


def test_without_scripts_the_chart_and_its_table_are_there(open_page):
    page = open_page("viewer", A1, java_script_enabled=False)
    assert page.locator("#chart-temperature svg.still").is_visible()
    page.get_by_text("Show as table").first.click()
    assert page.locator("#chart-temperature tbody tr").count() > 10


def test_on_paper_there_is_the_chart_the_verdict_and_room_to_sign(look):
    page = look("viewer", A1)
    drawn(page)
    page.emulate_media(media="print")
    assert page.locator("#chart-temperature svg.still").is_visible()
    assert not page.locator("#chart-temperature .drawn").is_visible()
    assert page.get_by_text("Decided: Name, date, signature").is_visible()
    assert not page.locator("header.top").is_visible()


def test_on_a_phone_what_is_to_be_decided_follows_the_chart(look):
    page = look("qa", "/batches/VAX/ZZ3")
    page.set_viewport_size(PHONE)
    tops = [page.locator(where).bounding_box()["y"] for where in ("#conditions", "#decide", "#units")]
    assert tops == sorted(tops)


def test_what_happens_is_shown_without_loading_the_page_again(served, open_page):
    page = open_page("viewer", "/batches/VAX/ZZ3")
    drawn(page)
    page.evaluate("window.stayed = true")
    (number,) = [row.id for row in served.desk.rows("holds") if row.lot == "ZZ3"]
    served.ask("quinn", Dispose(holds=[number], state="released", reason="fine", allow=ALLOWED))
    page.get_by_text("The lot released").wait_for()
    assert page.evaluate("window.stayed && document.querySelector('#chart-temperature canvas') !== null")


def test_nothing_of_another_client_reaches_a_clients_browser(open_page):
    page = open_page("client", "/account")
    heard = []
    page.on("response", lambda answer: heard.append(answer) if "/static/" not in answer.url else None)
    page.goto(page.url.replace("/account", A1))
    drawn(page)
    page.get_by_text("Show as table").first.click()
    page.locator("#exposures a[data-zoom]").first.click()
    settled(page)
    page.wait_for_load_state("load")
    texts = [answer.text() for answer in heard if "/live" not in answer.url and answer.status == 200]
    assert len(texts) >= 3
    for text in texts:
        assert MARK not in without_secret(text).lower()
        assert not any(value in text for value in HIDDEN_VALUES)
    shown = json.dumps(page.evaluate("document.querySelector('#chart-temperature').chart.data.lines.map(l => l.names)"))
    assert "S1" not in shown
