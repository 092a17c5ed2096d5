"""Every statement of the pages of problems, holds and batches, in every state of the record, is what the API says.

Each instant, length of time, value and count that can be read is looked for among what the API says of the subject;
what has a place of its own on the page (a word of state, a row of a table) is held against the field that it is of.
"""

import pytest

from domain.times import SECOND
from tests.api.web import states
from tests.api.web.backing import Said
from tests.api.web.statements import is_length, is_written, length, parsed, seconds, stated

LOTS = [("VAX", "A1"), ("VAX", "A1-B"), ("VAX", "A2"), ("VAX", "ZZ1"), ("VAX", "ZZ3"), ("ZZPROD", "ZZ2")]
# What a person reads, for what the API says.
OF_HOLD = {
    "held": "On hold", "unfounded": "Hold no longer supported", "released": "Released", "rejected": "Rejected",
}  # fmt: skip
OF_UNIT = OF_HOLD | {
    "held": "Hold", "hold": "Hold due", "expired": "Expired", "review": "Review", "outside": "Outside limits",
    "unknown": "Unknown", "ok": "OK",
}  # fmt: skip
WORST_FIRST = (*("held", "unfounded", "rejected", "hold", "expired", "review", "outside", "unknown", "released", "ok"),)


def page_of(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return parsed(answer.text)


def unbacked(page, facts):
    """Return what a page states and the API does not, and times that are not written as they are."""
    wrong = [said for said in stated(page, facts.now) if not facts.back(said)]
    times = [each for each in page.find_all("time") if "age" not in each.classes]
    return wrong + [each.attributes for each in times if not is_written(each, facts.now)]


def tags(node):
    return [tag.text() for tag in node.find_all("span", cls="tag")]


def standings(node):
    return [each.text() for each in node.find_all("span", cls="standing")]


def instants(node):
    return [each.attributes["datetime"] for each in node.find_all("time")]


def states_length(cell, minutes):
    """Tell whether a cell says a length of time of so many minutes first."""
    return is_length(length(cell.text().partition(" °C")[0]), minutes * 60)


def states_value(cell, value):
    return cell.text().replace("\N{NO-BREAK SPACE}", " ").startswith("–" if value is None else f"{value:.1f}")


def status_of(hold):
    return "unfounded" if hold["state"] == "held" and not hold["founded"] else hold["state"]


def name_of(unit):
    return unit["unit"] or "whole lot"


@states.in_every_state
def test_pages_state_what_the_api_says(site, browse, state):
    state(site)
    api, browser = site.api("admin"), browse("qa")
    said = Said(api, site.desk.now / SECOND)
    wrong = {}
    for row in site.desk.rows("alerts"):
        page = page_of(browser, f"/problems/{row.id}")
        wrong[f"problem {row.id}"] = unbacked(page, said.of_problem(row.id))
        check_problem(page, said, said.get(f"/alerts/{row.id}"))
    for product, lot in LOTS:
        if api.get(f"/batches/{product}/{lot}").status_code == 200:
            page = page_of(browser, f"/batches/{product}/{lot}?all=true")
            wrong[f"batch {lot}"] = unbacked(page, said.of_batch(product, lot))
            check_batch(page, said, product, lot)
    for status in OF_HOLD:
        page = page_of(browser, f"/holds?state={status}&limit=200")
        wrong[f"holds {status}"] = unbacked(page, said.of_holds())
        check_holds(page, said, status)
    assert {what: found for what, found in wrong.items() if found} == {}


# --- a problem ---


def check_problem(page, said, alert):
    head = page.find("header", id="answer")
    text = head.text()
    is_over = alert["condition"] != "ongoing" or not alert["founded"]
    assert (f"{alert['place']} is " in head.find("h1").text()) == (not is_over and alert["direction"] != "silent")
    silent = ["no data"] if alert["condition"] == "no_data" else []
    assert tags(head.find("h1")) == [*silent, word_of(alert)]
    assert head.attributes["data-alarm"] == alert["state"]
    assert ("Whether it is over is not known" in text) == (alert["condition"] == "no_data" and alert["founded"])
    assert ("back within limits; cleared at" in text) == (alert["condition"] == "clearing")
    assert (alert["condition"] == "clearing") == ("back within limits" in alert["sentence"])
    assert ("notifications suspended until" in text) == (alert["suppressed"] is not None)
    assert ("acknowledged by" in text) == (alert["acknowledged_at"] is not None)
    assert f"severity {alert['severity']}" in text
    assert ("condition unknown" in text) == bool(alert["unknown"] and alert["founded"])
    nobody = not page.find(id="lots").rows() and not alert["lots"]
    assert ("No stock was exposed" in text) == (nobody and not alert["unknown"] and alert["founded"])
    check_lots(page.find(id="lots"), text, said, alert)


def word_of(alert):
    if not alert["founded"]:
        return "no longer supported"
    if alert["until"] is not None and alert["kind"] == "problem":
        return "ended"
    return "new" if alert["acknowledged_at"] is None else "acknowledged"


def check_lots(table, sentence, said, alert):
    """Each unit of a problem has the state and the numbers of its hold; the sentence names those in the worst."""
    rows = {(row[0].find("a").text(), row[1].text()): row for row in table.rows()}
    told = [*alert["lots"], *(alert["gone"] or ())]
    for lot in told:
        row = rows.pop((f"{lot['product']} {lot['lot']}", name_of(lot)))
        of_lot = said.get("/holds", product=lot["product"], lot=lot["lot"])
        holds = [hold for hold in of_lot if hold["id"] == lot["hold"]]
        for hold in holds:
            assert status_of(hold) == lot["state"]
            assert row[6].text() in {OF_HOLD[lot["state"]], *(OF_HOLD[status] for status in ("held", "unfounded"))}
        if not holds and not of_lot:
            assert row[6].text() in ("Exposed", "Review", "No data", "Not affected")
        if not holds and of_lot:  # of rules that have not fired by what is known now
            assert row[6].text() in ("Review", *OF_HOLD.values())
        if [hold["founded"] for hold in holds] == [True] and lot in alert["lots"]:
            why = holds[0]["why"]  # the row has these numbers, or those of the rule by which it was outside for longest
            numbers = [
                (why["minutes"], round(why["degree_minutes"], 1), why["peak"]),
                *said.outside_by_rule(lot, alert),
            ]
            assert any(is_stated(row, each) for each in numbers), (lot, numbers)
    assert {row[6].text() for row in rows.values()} <= {"Within allowance"}
    words = [row[6].text() for row in table.rows()]
    others = sum(row[6].text() != words[0] and row[3].text() != "–" for row in table.rows())  # "–": taken out of it
    assert (f"{others} other exposed" in sentence or f"{others} others exposed" in sentence) == bool(others)


def is_stated(row, numbers):
    minutes, degree_minutes, peak = numbers
    return states_length(row[3], minutes) and states_value(row[4], degree_minutes) and states_value(row[5], peak)


# --- holds ---


def check_holds(page, said, status):
    holds = {hold["id"]: hold for hold in said.get("/holds")}
    waiting = {(h["product"], h["lot"], h["unit"]) for h in holds.values() if h["state"] == "held"}
    heading = page.find("h1").text()
    assert heading.startswith(f"{len(waiting)} unit" if waiting else "Nothing is on hold")
    shown = {}
    for row in page.find(id="list").rows():
        (number,) = [int(a.attributes["href"].rpartition("/")[2]) for a in row[2].find_all("a") if a.text() == "Why"]
        shown[number] = row
    assert set(shown) == {number for number, hold in holds.items() if status_of(hold) == status}
    for number, row in shown.items():
        check_hold(row, holds[number])


def check_hold(row, hold):
    why, text = hold["why"], row[2].text()
    assert row[0].text().startswith(name_of(hold))
    assert instants(row[1]) == [hold["placed_at"]]
    assert states_length(row[2].find("small"), why["minutes"])
    assert (f"peak {why['peak']:.1f} °C" in text.replace("\N{NO-BREAK SPACE}", " ")) == (why["peak"] is not None)
    assert standings(row[2]) == [hold["standing"]]
    assert ("since the release of" in text) == (hold["after"] is not None)
    assert ("no longer supported" in text) == (status_of(hold) == "unfounded")
    if hold["disposed_at"] is not None:
        check_decision(row[3], hold)


def check_decision(cell, hold):
    text, decision = cell.text().replace("\N{NO-BREAK SPACE}", " "), hold["decision"]
    assert text.startswith(f"{hold['disposed_by']}, ")
    assert hold["disposed_at"] in instants(cell)
    assert hold["reason"] in text
    allow = decision["allow"]
    assert ("allowed after that" in text) == (allow is not None)
    if allow is not None:
        assert f"up to {allow['up_to']:.1f} °C" in text


# --- a batch ---


def check_batch(page, said, product, lot):
    verdict = said.get(f"/batches/{product}/{lot}/verdict")
    units = verdict["units"]
    worst = min((unit["may_be_used"]["code"] for unit in units), key=WORST_FIRST.index)
    alike = sum(unit["may_be_used"]["code"] == worst for unit in units)
    head = page.find("header", id="answer")
    (tag,) = tags(head.find("h1"))
    many = f" · {alike} of {len(units)} units" if len(units) > 1 and worst != "ok" else ""
    assert tag == OF_UNIT[worst] + many
    assert standings(head.find("h1")) == [verdict["standing"]]
    shown = {row[0].text(): row for row in page.find(id="units").rows()}
    assert set(shown) == {name_of(unit) for unit in units}
    for unit in units:
        check_unit(shown[name_of(unit)], unit)
    for unit in units:
        if unit["may_be_used"]["code"] == "unknown" and unit["coverage"] < 1:
            check_missing(head, unit)
    check_exposures(page, said, product, lot)
    check_batch_holds(page, units)


def check_unit(row, unit):
    assert tags(row[-1]) == [OF_UNIT[unit["may_be_used"]["code"]]]
    assert standings(row[-1]) == [unit["standing"]]
    assert float(row[-2].text().removesuffix(" %")) == pytest.approx(unit["coverage"] * 100, abs=0.0051)


def check_missing(head, unit):
    """The hours that are missing are said: the longest of them, with their beginnings."""
    longest = sorted(unit["missing"], key=lambda gap: seconds(gap["from"]) - seconds(gap["to"]))[:3]
    if longest:
        assert "insufficient data" in head.text()
        assert {gap["from"] for gap in longest} <= set(instants(head))


def check_exposures(page, said, product, lot):
    """Exposures are those on record, each with its numbers and how settled it is."""
    found = said.get("/exposures", product=product, lot=lot)
    rows = page.find(id="exposures").rows()
    shown = [((times := instants(row[0]))[0], times[1] if times[1:] else None, row) for row in rows]
    known = {(each["from"], each["to"], each["rule"]) for each in found}
    assert {(since, until, row[1].text().split()[0]) for since, until, row in shown} == known
    for since, until, row in shown:
        alike = [
            each
            for each in found
            if (each["from"], each["to"]) == (since, until) and row[1].text().startswith(each["rule"])
        ]
        assert any(states_length(row[3].find("span"), each["minutes"]) for each in alike)
        assert {each["peak"] for each in alike if states_value(row[4], each["peak"])}
        assert ("alarm" in row[1].text().replace("no alarm", "")) == any(each["fired_at"] for each in alike)
        assert standings(row[3])[0] in {each["standing"] for each in alike}


def check_batch_holds(page, units):
    """Each hold is in the list with its rule, when it was placed, and what became of it."""
    rows = page.find(id="holds").rows()
    for unit in units:
        for hold in unit["holds"]:
            mine = [row for row in rows if name_of(hold) in row[0].text() and instants(row[2]) == [hold["placed_at"]]]
            row = next(row for row in mine if row[1].text().split()[0] == hold["rule"])
            assert ("no longer supported" in row[1].text()) == (not hold["founded"])
            decided = "open" if hold["disposed_at"] is None else OF_UNIT[hold["state"]]
            assert row[3].text().startswith(decided)
            assert instants(row[3]) == ([] if hold["disposed_at"] is None else [hold["disposed_at"]])
