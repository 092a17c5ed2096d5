"""A problem of every kind of rule: its title is true, its sentence the same wherever it is told, and its page opens."""

import csv
import io
import json
import re
from html import unescape
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from api.app import create_app
from api.options import Options
from api.web.frame.addresses import why_address
from coldchain.__main__ import cli
from domain.readings import Reading
from domain.times import MINUTE
from ledger.inputs import Arrived, Batch
from ledger.models.alert import alert_of
from ledger.requests import Apply, Item
from notify.channels import Message
from notify.channels.email import html
from notify.email_body import email_body
from notify.render import Recipient, payload_of, visible_to
from rules.kinds.base import KINDS
from sites.file import load
from tests.api.conftest import Api
from tests.api.web.browser import signed_in
from tests.api.world import START, Desk, add_tokens
from tests.thrift import migrated

SITE = """
site: {name: Plant North}
sources: [{topic: "+/readings", format: json}]
sensors: [{id: S1, device: dev1}, {id: S2, device: dev2}]
locations: [{id: ROOM-1}]
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-1, from: 2026-01-01T00:00:00Z}
clients: [{id: acme, name: Acme Pharma}, {id: zzcorp, name: Another}]
products: [{id: VAX, profile: all}]
batches: [{product: VAX, lot: A1, client: acme}]
placements: [{product: VAX, lot: A1, unit: P1, location: ROOM-1, from: 2026-01-01T00:00:00Z}]
profiles:
  - id: all
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 10min
    rules:
      - {id: r-limit, kind: limit, above: 8.0, for: 5min, severity: critical, action: hold}
      - {id: r-cumulative, kind: cumulative, above: 8.0, total: 20min, action: hold}
      - {id: r-mkt, kind: mkt, above: 7.0, window: 1h, action: review}
      - {id: r-rate, kind: rate, rise: 5.0, per: 1h, window: 10min, min_readings: 3}
      - {id: r-cooling, kind: cooling, from: 57.0, reach: [21.0 in 20min]}
      - {id: r-life, kind: life, reference: 25.0, life: 1h, q10: 2, studied_from: 2.0, studied_to: 70.0, action: review}
      - {id: r-gap, kind: gap, total: 30min}
      - {id: r-stuck, kind: stuck, for: 30min}
      - {id: r-spread, kind: spread, by: 2.0, for: 5min}
      - {id: r-plausible, kind: plausible, from: -40.0, to: 80.0}
      - {id: r-dew, kind: dew, margin: 2.0}
      - {id: r-silence, kind: silence, after: 20min, severity: warning}
"""
# minute → °C of the first sensor
_SAID = [
    *((at, 5.0) for at in range(40)),  # stuck
    *((at, 5.0 + (at - 40) * 2) for at in range(40, 70)),  # warming fast, past every limit, to 63 °C: life goes fast
    *((at, 63.0 - (at - 70) / 4) for at in range(70, 110)),  # not cooled in time
    (110, -52.5),  # no measurement: a sensor can say it, this place cannot be so cold
]
NOW = START + 240 * MINUTE


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where it all happened: the folder of the database."""
    return tmp_path_factory.mktemp("kinds")


@pytest.fixture(scope="module")
def desk(place):
    database = migrated(place / "coldchain.db")
    desk = Desk(database)
    desk.ask("quinn", Apply(entries=[Item(e.kind, e.doc) for e in load(SITE, "S.yaml")]), START)
    desk.now = NOW
    for minute, value in _SAID:
        at = START + minute * MINUTE
        said = [Reading("dev1", "", "temperature", round(value * 1_000_000), at)]
        if minute < 100:
            said.append(Reading("dev2", "", "temperature", 4_000_000 + minute, at))
            said.append(Reading("dev2", "", "humidity", 99_000_000, at))
        desk.writer.step(Batch([Arrived("a/readings", b"{}", False, at + 1, "k", said)]), at + 1)
    desk.writer.step(Batch(), NOW)
    yield desk
    database.close()


@pytest.fixture(scope="module")
def tokens(desk):
    return add_tokens(desk.database)


@pytest.fixture(scope="module")
def world(desk, tokens):
    app = create_app(desk.database, Options(now=lambda: NOW), desk.submit)
    return SimpleNamespace(app=app, desk=desk, database=desk.database, tokens=tokens)


@pytest.fixture(scope="module")
def browser(world, portal):
    return signed_in(world, portal, "qa")


@pytest.fixture
def api(world, portal):
    return lambda role: Api(portal, world.app, world.tokens[role])


def words(page):
    page = re.sub(r"</?time\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).replace("\N{NO-BREAK SPACE}", " ")


def as_shown(sentence):
    """Return a sentence as pages of the same day say it: the zone of this site is UTC, named at the foot."""
    return re.sub(r"2026-01-01 (\d\d:\d\d) UTC", r"\1", sentence)


def fired(desk):
    return [row for row in desk.rows("firings") if row.superseded_at is None]


def test_every_kind_fires_here(desk):
    assert {row.because["kind"] for row in fired(desk)} == set(KINDS.names())


@pytest.mark.parametrize("kind", KINDS.names())
def test_the_page_of_every_kind_opens_with_the_sentence_and_the_readings_that_were_used(desk, browser, kind):
    for row in (row for row in fired(desk) if row.because["kind"] == kind):
        answer = browser.get(why_address(row._mapping, row.rule, row.at))
        assert answer.status_code == 200
        assert as_shown(f"{row.because['sentence']}, unit P1 in ROOM-1") in words(answer.text)
        listed = (
            answer.text.count("<tr") - 1 - answer.text.count("value at the start") if "<tbody>" in answer.text else 0
        )
        skipped = re.search(r"(\d+) earlier readings? within limits", words(answer.text))
        used = row.because["why"]["readings"] - (int(skipped[1]) if skipped else 0)
        assert listed == used if used <= 200 else 200 <= listed < used


def test_every_problem_has_the_title_of_what_it_is(desk, browser):
    titles = {}
    for alert in desk.rows("alerts"):
        page = browser.get(f"/problems/{alert.id}")
        assert page.status_code == 200
        titles[alert.worst["kind"]] = words(page.text)
    said = {
        "limit": "ROOM-1 was too warm",
        "dew": "ROOM-1 was close to condensation",
        "stuck": "The temperature of ROOM-1 did not change",
        "silence": "No data from ROOM-1",
    }
    assert titles.keys() == said.keys()
    assert [kind for kind in said if said[kind] not in titles[kind]] == []
    assert [browser.get(path).status_code for path in ("/", "/problems?show=all", "/batches/VAX/A1")] == [200] * 3


@pytest.fixture
def exported(place, monkeypatch):
    """Return a function that exports as CSV."""
    monkeypatch.setenv("COLDCHAIN_DATABASE_URL", f"sqlite:///{place}/coldchain.db")
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(place))

    def export(what, *options):
        done = CliRunner().invoke(cli, ["export", what, *options], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return list(csv.DictReader(io.StringIO(done.stdout)))

    return export


def message_to(recipient, row):
    """Return what a recipient is told of an alert."""
    told = visible_to(recipient, alert_of(row._asdict()))
    return Message("7b1c", "raised", payload_of(told, "raised", "7b1c"), told)


def test_the_same_sentence_and_structure_stand_in_api_page_message_and_csv(desk, api, browser, exported):
    [hold] = [each for each in api("qa").items("/holds") if each["rule"] == "r-limit"]
    sentence, structure = hold["why"]["sentence"], hold["why"]["why"]
    assert re.fullmatch(
        r"r-limit: above 8.0 °C for 1 h \d+ min from 2026-01-01 00:42 UTC, allowed 5 min, peak 63.0 °C, "
        r"unit P1 in ROOM-1",
        sentence,
    )
    assert structure.keys() >= {"bound", "measured", "limit", "unit", "readings", "readings_from", "coverage", "peak"}

    def has(told):
        return (told["sentence"], {name: told.get(name) for name in structure}) == (sentence, structure)

    # the verdict of the unit
    [unit] = api("qa").get("/batches/VAX/A1/verdict").json()["units"]
    assert [why["rule"] for why in unit["why"] if has(why)] == ["r-limit"]
    assert unit["reason"].endswith(" more)") and sentence.removeprefix("r-limit: ").split(", unit")[0] in unit["reason"]
    [of_verdict] = exported("verdicts", "--lot", "A1")
    assert (of_verdict["sentence"], json.loads(of_verdict["why"])) == (sentence, structure)

    # the hold
    [of_hold] = [row for row in exported("holds") if row["rule"] == "r-limit"]
    assert (of_hold["sentence"], json.loads(of_hold["why"])) == (sentence, structure)
    for row in (of_hold, of_verdict):
        assert (row["bound"], row["measured_in"], row["profile"], row["version"]) == ("above 8.0 °C", "min", "all", "1")
        assert (float(row["measured"]), float(row["limit"])) == (structure["measured"], structure["limit"])
        assert (int(row["readings"]), float(row["readings_coverage"])) == (structure["readings"], structure["coverage"])
    page = words(browser.get(f"/holds/{hold['id']}", follow_redirects=True).text)
    assert as_shown(sentence) in page and f"{structure['readings']} readings" in page

    # the alert
    [row] = [row for row in desk.rows("alerts") if row.worst["kind"] == "limit"]
    alert = api("qa").get(f"/alerts/{row.id}").json()
    [lot] = alert["lots"]
    assert [(told["sentence"], told["why"]) for told in (alert["worst"], lot)] == [(sentence, structure)] * 2
    message = message_to(Recipient(), row)
    payload = message.payload
    assert [(told["sentence"], told["why"]) for told in (payload["worst"], payload["lots"][0])] == [
        (sentence, structure)
    ] * 2
    mail = email_body(message)
    assert sentence in mail.text and sentence in unescape(html(mail))
    assert as_shown(sentence) in words(browser.get(f"/problems/{row.id}").text)
    [of_alert] = [each for each in exported("alerts") if each["id"] == str(row.id)]
    assert (of_alert["worst_sentence"], json.loads(of_alert["why"])) == (sentence, structure)
    assert json.loads(of_alert["lots"]) == payload["lots"]
    assert of_alert["sentence"] == alert["sentence"] == payload["sentence"]
    assert re.sub(r"(\d\d:\d\d UTC)", r"2026-01-01 \1", payload["sentence"]) == mail.sentence  # a mail is read later


def test_a_client_reads_the_same_of_its_own_with_the_place_where_its_goods_stood(desk, api):
    [hold] = [each for each in api("client").items("/holds") if each["rule"] == "r-limit"]
    [staffs] = [each for each in api("qa").items("/holds") if each["rule"] == "r-limit"]
    assert [hold["why"][name] for name in ("sentence", "why")] == [staffs["why"][name] for name in ("sentence", "why")]
    [row] = [row for row in desk.rows("alerts") if row.worst["kind"] == "limit"]
    told = message_to(Recipient("acme", {"ROOM-1"}), row).payload
    assert told["lots"][0]["sentence"] == hold["why"]["sentence"]
    hidden = message_to(Recipient("acme"), row).payload
    assert hidden["lots"][0]["sentence"] == hold["why"]["sentence"].removesuffix(" in ROOM-1")
    assert "ROOM-1" not in json.dumps(hidden)
