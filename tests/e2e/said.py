"""Everything an installation says of the real records, and what must hold of it in the end.

The records are older than the installation, whose site is entered today: all their silences are on record, but people
are told only of those that somebody could have noticed, which depends on what arrived when.
"""

import json
import runpy
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from domain.times import format_instant, parse_instant
from store.readings import load
from store.series import SeriesKey
from store.state import count_parked_points
from store.tables import conflicts, dead_letters, firings, outbox
from tests.coldchain.tree import ROOT
from tests.e2e.installation import SECRET, Installation, recorded_end
from tests.e2e.real_records import UNTIL, Object, Records, ordered

OF_REVISIONS = ("id", "revision", "known_at")
OF_A_UNIT = (
    *("unit", "verdict", "coverage", "unknown_minutes", "longest_gap_minutes"),
    *("exposures", "fired"),
)
OF_A_PROBLEM = ("place", "quantity", "direction", "severity", "since", "until", "rules")
YEAR_2100 = 4_102_444_800_000_000

is_genuine = runpy.run_path(str(ROOT / "docs/examples/verify_webhook.py"))["is_genuine"]


def check(installation: Installation, records: Records) -> None:
    """Nothing is lost or doubled, all that is said is true, and each problem was told exactly once."""
    check_kept(installation, records)
    check_said(installation, records.truth, sorted(records.site.batches), UNTIL)


def check_said(
    installation: Installation,
    truth: Object,
    batches: Sequence[tuple[str, str]],
    until: str,
    notifier_lived: bool = True,
) -> None:
    """All that is said is true (in the shape of `Records.truth`), and each problem was told exactly once."""
    installation.wait_answering()
    said = said_by(installation, batches, until)
    assert said.keys() == truth.keys()
    for what in truth.keys() - {"founded alerts"}:  # one by one: the difference is readable
        assert said[what] == truth[what], what
    _check_problems(said["founded alerts"], truth["founded alerts"])
    for alert in _alerts(installation, "out_of_reach"):
        assert any(_is_of(alert, problem) for problem in truth["founded alerts"]), alert
    check_told(installation, truth["founded alerts"], notifier_lived)


def check_kept(installation: Installation, records: Records) -> None:
    """The database and InfluxDB hold exactly the records."""
    for device in records.series:
        key, truth = SeriesKey(device, "", "temperature"), records.sorted(device)
        with installation.database.read() as connection:
            instants, values = load(connection, *key, 0, YEAR_2100)
        assert (list(instants), list(values)) == truth, device
        if installation.bucket:
            assert installation.bucket.load(key, 0, YEAR_2100) == truth, device
    assert installation.kept() == records.count + 1  # the last one, see Installation.wait_caught_up
    assert installation.count(conflicts) == installation.count(dead_letters) == 0
    with installation.database.read() as connection:
        assert count_parked_points(connection) == 0
    assert installation.run("verify").startswith("the journal is whole")
    assert installation.run("rebuild", "verdicts") == "nothing differed\n"


def said_by(installation: Installation, batches: Sequence[tuple[str, str]], until: str) -> Object:
    """Return what API, exports and database say, in the shape of `Records.truth`."""
    fired = _fired(installation)
    return {
        "excursions": ordered(_without(each, OF_REVISIONS) for each in _exported(installation, "excursions")),
        "exposures": ordered(_without(each, OF_REVISIONS) for each in _exported(installation, "exposures")),
        "verdicts": [_verdict(installation, *batch, until) for batch in batches],
        "fired for units": ordered(_without(each, ["location"]) for each in fired if each["location"] is None),
        "fired for locations": ordered(
            {name: each[name] for name in ("location", "rule", "at")} for each in fired if each["location"]
        ),
        "founded holds": ordered(
            {name: each[name] for name in ("product", "lot", "unit", "rule")} | {"at": each["fired_at"]}
            for each in _exported(installation, "holds")
            if each["founded"]
        ),
        "founded alerts": ordered(_problem(each) for each in _alerts(installation, "problem")),
    }


def check_told(installation: Installation, founded: Sequence[Object], notifier_lived: bool = True) -> None:
    """Whoever followed the webhooks knows of each problem once, as it is, and of nothing else.

    Where the notifier was killed, the message that was on its way may come twice, with the same id, or count as not
    delivered.
    """
    heard = installation.receiver.heard
    assert all(is_genuine(SECRET.encode(), each.headers["coldchain-signature"], each.body, each.at) for each in heard)
    keys = [each.headers["idempotency-key"] for each in heard]
    delivered = installation.count(outbox, outbox.c.state == "delivered")
    if notifier_lived:
        assert len(set(keys)) == len(keys) == delivered
    else:
        assert delivered <= len(set(keys)) <= len(keys) <= delivered + 1
    assert installation.count(outbox, outbox.c.state.not_in(("delivered", "skipped"))) == 0
    told: dict[int, list[Object]] = defaultdict(list)
    for each in {each.headers["idempotency-key"]: each for each in heard}.values():
        message = json.loads(each.body)
        assert message["id"] == each.headers["idempotency-key"]
        told[message["alert"]].append(message)
    for messages in told.values():
        events = Counter(message["event"] for message in messages)
        assert messages[0]["event"] == "raised"
        assert events["raised"] - events["unfounded"] == messages[-1]["founded"], events
    last = [messages[-1] for messages in told.values()]
    of_places = [each for each in last if each["founded"] and each.get("kind", "problem") == "problem"]
    _check_problems(ordered(_last_told(each, founded) for each in of_places), founded)


def _last_told(message: Object, truth: Sequence[Object]) -> Object:
    """Return a problem as it was told last. Late data that only move the end of the data are no news: that end is the
    record's."""
    told = _problem(message)
    if recorded_end(message["no_data"]) is None:
        return told
    same = [each for each in truth if all(each[name] == told[name] for name in OF_A_PROBLEM if name != "until")]
    return {**told, "until": same[0]["until"]} if same else told


def _check_problems(told: Sequence[Object], truth: Sequence[Object]) -> None:
    """People are told of each problem as it is; of silences perhaps not, or later, and never of one that was none."""
    assert _others(told) == _others(truth)
    silences = [each for each in truth if _is_silence(each)]
    for each in filter(_is_silence, told):
        assert any(_is_within(each, silence) for silence in silences), each


def _others(problems: Sequence[Object]) -> list[Object]:
    return [each for each in problems if not _is_silence(each)]


def _is_silence(problem: Object) -> bool:
    return bool(problem["direction"] == "silent")


def _is_of(alert: Object, problem: Object) -> bool:
    """Tell whether what became known of stock that was out of reach is part of a problem of its place."""
    concerned = [(lot["product"], lot["lot"]) for lot in problem["lots"]]
    return _is_within(alert, problem) and (alert["product"], alert["lot"]) in concerned


def _is_within(alert: Object, problem: Object) -> bool:
    """Tell whether an alert is of a problem's place, quantity and direction, and of no time before or after it."""
    same = all(alert[name] == problem[name] for name in ("place", "quantity", "direction"))
    began, ended = parse_instant(alert["since"]), alert["until"] and parse_instant(alert["until"])
    return (
        same
        and parse_instant(problem["since"]) <= began
        and (problem["until"] is None or (ended is not None and ended <= parse_instant(problem["until"])))
    )


def _exported(installation: Installation, what: str) -> list[Object]:
    rows: list[Object] = json.loads(installation.run("export", what, "--json"))
    return rows


def _verdict(installation: Installation, product: str, lot: str, until: str) -> Object:
    """Return what `judge` says too of what the API says."""
    answer = installation.api.get(f"/batches/{product}/{lot}/verdict", params={"until": until}).raise_for_status()
    said = answer.json()
    assert said["judged_from"] is None
    units = [{name: unit[name] for name in OF_A_UNIT} for unit in said["units"]]
    return {"product": said["product"], "lot": said["lot"], "verdict": said["verdict"], "units": units}


def _fired(installation: Installation) -> list[Object]:
    names = ("location", "product", "lot", "unit", "rule", "at", "action")
    query = select(*(firings.c[name] for name in names)).where(firings.c.superseded_at.is_(None))
    with installation.database.read() as connection:
        return [{**row._mapping, "at": format_instant(row.at)} for row in connection.execute(query)]


def _alerts(installation: Installation, kind: str) -> list[Object]:
    """Return the founded alerts of a kind: of the problems of a place, or of a batch that was out of reach."""
    items: list[Object] = []
    cursor = None
    while True:
        page = installation.api.get("/alerts", params={"limit": 1000, **({"cursor": cursor} if cursor else {})})
        items += page.raise_for_status().json()["items"]
        cursor = page.json()["next"]
        if cursor is None:
            return [each for each in items if each["founded"] and each["kind"] == kind]


def _problem(alert: Object) -> Object:
    lots = [{name: lot[name] for name in ("product", "lot", "unit")} for lot in alert["lots"]]
    until = alert["until"] or recorded_end(alert["no_data"])
    return {**{name: alert[name] for name in OF_A_PROBLEM}, "until": until, "lots": lots}


def _without(given: Object, names: Any) -> Object:
    return {name: value for name, value in given.items() if name not in names}
