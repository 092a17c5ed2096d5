"""A version of a profile that is dated back: what was told before stays, and the version is an event of its own."""

import re

import pytest
from msgspec.structs import replace

from domain.times import HOUR, format_instant
from ledger.inputs import Batch
from ledger.requests import Activate, Signature
from tests.api.web.reading import words
from tests.api.world import NOW, START

LOOSER = {
    "id": "vaccine-2-8",
    "version": "2",
    "effective_from": format_instant(START - HOUR),
    "max_gap": "2h",
    "min_coverage": "0.5",
    "rules": [
        {"id": "too-warm", "kind": "limit", "above": "12.0", "for": "30min", "action": "hold", "severity": "warning"}
    ],
}
ASKED = Signature("Anna Asked", "activated")
SIGNED = Signature("Quinn Q. Assure", "activated")
EVENT = "Version 2 of vaccine-2-8 activated"
BATCH, PROBLEM = "/batches/VAX/A1?unit=PALLET-7", "/problems/1"


@pytest.fixture
def activate(site):
    """Let quinn activate a looser version an hour later, with effect from before anything was measured."""

    def do(**more):
        site.desk.now = NOW + HOUR
        over = [row.id for row in site.desk.rows("holds")]
        request = Activate(profiles=[{**LOOSER, **more}], reason="stability data 2025-11", signature=SIGNED, over=over)
        if site.desk.ask("anna", replace(request, reason="asked", signature=ASKED), NOW + HOUR)["waiting"]:
            site.desk.ask("quinn", request, NOW + HOUR)
        site.desk.writer.step(Batch(), NOW + HOUR)

    return do


def entries(page):
    """Return the entries of a timeline, newest first, each as it is read."""
    found = re.findall(r'<li class="is-\w+">(.*?)</li>', page.partition('<ol class="timeline">')[2], re.S)
    return [words(each) for each in found]


@pytest.fixture
def told(browse):
    """Return the timeline of a page as somebody of a role reads it."""
    browsers = {}

    def read(path, role="qa"):
        if role not in browsers:
            browsers[role] = browse(role)
        return entries(browsers[role].get(path).text)

    return read


@pytest.mark.parametrize("path", [BATCH, PROBLEM])
def test_a_version_dated_back_is_an_event_with_who_when_and_why(told, activate, path):
    activate()
    (event,) = [each for each in told(path) if EVENT in each]
    assert "· quinn" in event and "“stability data 2025-11”" in event
    assert "effective from" in event and "applies retroactively" in event
    assert "signed Quinn Q. Assure: activated" in event
    assert "requested by anna 02:00: “asked”" in event and "signed Anna Asked: activated" in event


@pytest.mark.parametrize("path", [BATCH, PROBLEM])
def test_what_was_told_before_stays_word_by_word(told, activate, path):
    before = told(path)
    assert before
    activate()
    after = told(path)
    assert [each for each in after if each in before] == before


@pytest.mark.parametrize("path", [BATCH, PROBLEM])
def test_what_it_revised_names_it_as_the_cause(site, told, activate, path):
    activate()
    revised = [each for each in told(path) if "Removed: " in each]
    assert revised
    assert all("version 2 of vaccine-2-8, activated retroactively from" in each for each in revised)
    assert all("by quinn" in each for each in revised)
    api = site.api("qa")
    (exposure,) = api.items("/exposures", product="VAX", lot="A1", known_at=format_instant(NOW))
    last = api.get(f"/exposures/{exposure['id']}/revisions").json()[-1]
    cause = last["superseded_because"] or last["cause"]
    wanted = {"kind": "version", "profile": "vaccine-2-8", "version": 2, "what": "activated", "who": "quinn"}
    assert {name: cause[name] for name in wanted} == wanted
    assert cause["reason"] == "stability data 2025-11"
    assert (
        api.get("/audit", key=cause["profile"] and '["vaccine-2-8","2"]').json()["items"][0]["event"] == cause["event"]
    )


def test_the_same_cause_stands_wherever_a_hold_or_report_lost_its_support(browse, activate):
    activate()
    qa = browse("qa")
    cause = "no longer supported: version 2 of vaccine-2-8, activated retroactively from"
    assert cause in words(qa.get("/holds?state=unfounded").text)
    for page in ("/problems/1", "/holds?state=unfounded", "/holds", "/batches/VAX/A1"):
        assert "corrected data" not in words(qa.get(page).text)
    why = words(qa.get(qa.get("/holds/1").headers["location"]).text)
    assert "Superseded at" in why and "activated retroactively" in why


def test_a_client_is_told_of_it_but_not_by_whom(told, activate):
    activate()
    (event,) = [each for each in told(BATCH, "client") if EVENT in each]
    assert "quinn" not in event.lower() and "stability" not in event
    assert not any("by quinn" in each for each in told(BATCH, "client"))


def test_a_version_that_does_not_reach_a_batch_is_no_event_of_it(told, activate):
    activate(effective_from=format_instant(NOW + 1000 * HOUR))
    assert not any(EVENT in each for each in told(BATCH))
