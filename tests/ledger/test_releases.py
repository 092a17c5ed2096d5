"""A release covers what was known when it was signed, and what it allows: beyond that the unit is on hold again."""

import pytest

from domain.errors import ConflictError, InvalidError
from ledger.requests import Allow, Dispose, Rebuild, Shown, UndoRejection
from rules.decisions.again import held_again
from store.tables import alerts, audit, decisions, firings, hold_revisions, holds
from tests.ledger.stage import SITE, Stage, minute, reading, series_of

ONE_UNIT = SITE.replace("  - {product: VAX, lot: A1, unit: P2, location: ROOM-1, from: 2026-01-01T00:00:00Z}\n", "")
TOTAL = ONE_UNIT.replace("total: 30min, action: review", "total: 20min, action: hold").replace(
    "for: 10min, severity: critical, action: hold", "for: 10min, severity: critical, action: notify"
)
WARM = series_of([9.0] * 12, 1)  # above 8.0 °C from minute 1 on, the hold is due at minute 11
OVER = [*series_of([5.0], 0), *WARM, *series_of([5.0] * 3, 13)]  # 12 minutes outside


@pytest.fixture
def one(database):
    return Stage(database, ONE_UNIT)


@pytest.fixture
def total(database):
    return Stage(database, TOTAL)


def release(stage, number, *ids, **more):
    return stage.ask(Dispose(holds=list(ids) or [1], state="released", reason="covered", **more), minute(number))


def allow(minutes, up_to):
    return Allow(minutes, round(up_to * 1_000_000))


def states(stage):
    """Which holds there are: state, and since the release of which hold."""
    rows = stage.rows(holds)
    return [(r.state if r.founded else f"{r.state}, unfounded", (r.why.get("after") or {}).get("hold")) for r in rows]


def again(stage):
    """The one that is on hold again: rule, minute, sentence."""
    [row] = [row for row in stage.rows(holds) if row.state == "held" and row.founded]
    return row.rule, (row.fired_at - minute(0)) / 60e6, row.why["sentence"]


# --- refused ---


def test_what_is_still_outside_is_not_released_without_saying_how_much_more_is_allowed(one):
    one.hear(*WARM)
    with pytest.raises(ConflictError, match=r"P1 of VAX A1 is still outside: above 8\.0 °C \(9\.0 °C now, since 2026"):
        release(one, 12.5)
    assert states(one) == [("held", None)]
    assert one.rows(decisions) == []


def test_what_sensors_still_owe_is_not_released_either(one):
    one.hear(*WARM)
    one.tick(60)  # the last value holds for half an hour
    with pytest.raises(ConflictError, match=r"still outstanding \(S1 since 2026-01-01 00:12 UTC\)"):
        release(one, 60)
    release(one, 60, allow=allow(10, 12))
    assert states(one) == [("released", None)]


def test_a_hole_that_may_still_be_filled_is_owed(one):
    one.hear(*WARM, *series_of([5.0] * 3, 60))
    with pytest.raises(ConflictError, match=r"S1 from 2026-01-01 00:12 UTC to 2026-01-01 01:00 UTC"):
        release(one, 62.5)
    one.hear(*series_of([5.0] * 60, 63))
    release(one, 123)


def test_an_allowance_is_a_time_and_a_value_beyond_the_limit_and_beyond_what_is_measured(one):
    one.hear(*WARM)
    for wrong in (allow(0, 12), allow(-1, 12), allow(1e9, 12), allow(5, 8), allow(5, 7)):
        with pytest.raises(InvalidError, match=r"^allow\."):
            release(one, 12.5, allow=wrong)
    with pytest.raises(ConflictError, match=r"is at 9\.0 °C now, beyond 8\.5 °C"):
        release(one, 12.5, allow=allow(5, 8.5))
    with pytest.raises(InvalidError, match="only a release allows more"):
        one.ask(Dispose(holds=[1], state="rejected", reason="no", allow=allow(5, 12)), minute(12.5))


def test_a_release_of_an_outdated_view_is_refused_with_what_changed(one):
    one.hear(*OVER)
    [seen] = one.rows(holds)
    one.hear(*series_of([9.0] * 3, 20), *series_of([5.0], 23))
    one.hear(reading(12.5, 11.0), at=24)
    with pytest.raises(ConflictError, match=r"the peak 9\.0 °C is 11\.0 °C by now"):
        release(one, 24, shown=[Shown(1, seen.revision)])
    [now] = one.rows(holds)
    release(one, 24, shown=[Shown(1, now.revision, now.why["minutes"], now.why["peak"])])


def test_numbers_that_go_on_may_have_grown_by_what_is_allowed_since_they_were_shown(one):
    one.hear(*WARM)
    [seen] = one.rows(holds)
    shown = [Shown(1, seen.revision, 5.0, seen.why["peak"])]
    with pytest.raises(ConflictError, match=r"5 min are 11\.5 min by now"):
        release(one, 12.5, shown=shown, allow=allow(5, 12))
    release(one, 12.5, shown=shown, allow=allow(10, 12))


def test_what_goes_on_growing_is_rejected_all_the_same(one):
    one.hear(*WARM)
    [seen] = one.rows(holds)
    shown = [Shown(1, seen.revision, 5.0, 8_100_000)]
    one.ask(Dispose(holds=[1], state="rejected", reason="spoilt", shown=shown), minute(12.5))
    assert states(one) == [("rejected", None)]


# --- what is signed ---


def test_the_numbers_are_kept_as_they_were_signed(one):
    one.hear(*OVER)
    release(one, 16)
    [signed] = one.rows(decisions)
    assert (signed.hold, signed.state, signed.who, signed.reason) == (1, "released", "quinn", "covered")
    assert (signed.rule, signed.profile, signed.version) == ("too-warm", "cold", 1)
    assert (signed.minutes, signed.degree_minutes, signed.peak) == (12.0, 12.0, 9_000_000)
    assert signed.sentence.startswith("too-warm: above 8.0 °C for 12 min")
    one.hear(reading(12.5, 11.0), at=17)
    assert one.rows(decisions) == [signed]


# --- limit ---


def test_within_what_is_allowed_a_release_stays_and_says_how_much_is_used(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(30, 12))
    one.hear(*series_of([9.5] * 10, 13), *series_of([5.0] * 2, 23))
    assert states(one) == [("released", None)]
    [row] = one.rows(holds)
    assert row.why["used"] == {"minutes": 10.5, "peak": 9_500_000}
    one.hear(*series_of([9.9] * 15, 30), *series_of([5.0], 45))  # it would fire anew at minute 40
    assert states(one) == [("released", None)]
    assert one.rows(holds)[0].why["used"]["minutes"] == 25.5


def test_once_the_minutes_are_used_it_is_on_hold_again_since_the_release(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(10, 12))
    one.hear(*series_of([9.5] * 9, 13))
    assert states(one) == [("released", None)]
    one.tick(22.5)
    assert states(one) == [("released", None), ("held", 1)]
    rule, at, sentence = again(one)
    assert (rule, at) == ("too-warm", 22.5)
    assert sentence == (
        "too-warm: above 8.0 °C for 10 min since the release of 2026-01-01 00:12 UTC, allowed 10 min up to 12.0 °C, "
        "peak 9.5 °C"
    )


def test_beyond_the_worst_value_it_is_on_hold_again_at_once(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(60, 12))
    one.hear(*series_of([12.0] * 3, 13))
    assert states(one) == [("released", None)]
    one.hear(reading(16, 12.1))
    assert again(one)[:2] == ("too-warm", 16)


def test_a_new_exposure_holds_it_again_when_it_has_lasted(one):
    one.hear(*OVER)
    release(one, 16)
    one.hear(*series_of([9.0] * 10, 20))
    assert states(one) == [("released", None)]
    one.hear(reading(30, 9.0))
    assert states(one) == [("released", None), ("held", 1)]
    assert again(one)[2].endswith(", since the release of 2026-01-01 00:16 UTC")


def test_late_data_that_show_more_before_the_signature_hold_it_again(one):
    one.hear(*OVER)
    release(one, 16)
    one.hear(*series_of([9.0], 13.5), at=17)  # it was outside for half a minute more
    assert states(one) == [("released", None)]  # but that is another exposure, and too short
    one.hear(reading(12.5, 9.4), at=18)
    rule, at, sentence = again(one)
    assert (rule, at) == ("too-warm", 16)
    assert "before the release of 2026-01-01 00:16 UTC" in sentence


def test_late_data_that_show_less_leave_the_release_alone(one):
    one.hear(*OVER)
    release(one, 16)
    one.hear(reading(5.5, 5.0), at=17)
    assert ("held", 1) not in states(one)


# --- what adds up ---


def test_time_that_adds_up_may_not_grow_at_all_if_nothing_was_allowed(total):
    total.hear(*OVER, *series_of([9.0] * 9, 20), *series_of([5.0], 29))
    release(total, 30)
    assert total.rows(decisions)[0].minutes == 21.0
    total.hear(*series_of([5.0] * 3, 31))
    assert states(total) == [("released", None)]
    total.hear(reading(40, 8.1), reading(41, 5.0))
    rule, _, sentence = again(total)
    assert rule == "warm-total"
    assert "since the release of 2026-01-01 00:30 UTC, none allowed" in sentence


def test_time_that_adds_up_may_grow_by_what_was_allowed(total):
    total.hear(*OVER, *series_of([9.0] * 9, 20), *series_of([5.0], 29))
    release(total, 30, allow=allow(5, 12))
    total.hear(*series_of([9.0] * 5, 40), *series_of([5.0] * 5, 45))
    assert states(total) == [("released", None)]
    total.hear(*series_of([9.0] * 2, 50))
    assert states(total) == [("released", None), ("held", 1)]


def test_more_of_it_before_the_signature_counts_too(total):
    total.hear(*OVER, *series_of([9.0] * 9, 20), *series_of([5.0], 29))
    release(total, 30)
    total.hear(reading(15.5, 9.0), at=31)
    assert states(total) == [("released", None), ("held", 1)]
    assert "21 min before the release" not in again(total)[2]
    assert "accepted 21 min" in again(total)[2]


# --- chains, restarts ---


def test_what_is_on_hold_again_can_be_released_again_and_covers_all_until_then(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(5, 12))
    one.hear(*series_of([9.5] * 6, 13))
    one.hear(*series_of([5.0] * 2, 19))
    assert states(one) == [("released", None), ("held", 1)]
    release(one, 21, 2)
    assert states(one) == [("released", None), ("released", 1)]
    assert [row.minutes for row in one.rows(decisions)] == [11.5, 18.0]
    one.hear(reading(18.5, 9.9), at=22)
    assert states(one) == [("released", None), ("released", 1), ("held", 2)]


def test_it_is_the_same_after_a_restart_and_a_rebuild(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(10, 12))
    one.hear(*series_of([9.5] * 12, 13))
    before = [row._mapping for row in one.rows(holds)]
    said = [row.sentence for row in one.rows(alerts)]
    one.restart()
    one.tick(24)
    assert one.ask(Rebuild(), minute(24.5)) == {"differed": []}
    now = [row._mapping for row in one.rows(holds)]
    assert [(r["id"], r["fired_at"], r["state"], r["founded"]) for r in now] == [
        (r["id"], r["fired_at"], r["state"], r["founded"]) for r in before
    ]
    assert [row.sentence.split(":")[0] for row in one.rows(alerts)] == [each.split(":")[0] for each in said]


def test_an_allowance_is_used_up_while_nothing_is_heard(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(10, 12))
    one.restart()
    one.tick(13)
    due = one.writer.due_at
    assert due is not None and due <= minute(22.5)
    one.tick(22.5)
    assert again(one)[1] == 22.5


def test_the_alert_tells_that_it_is_on_hold_again(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(10, 12))
    one.hear(*series_of([9.5] * 5, 13))
    [alert] = one.rows(alerts)
    assert "P1 of VAX A1 released by quinn" in alert.sentence
    one.hear(*series_of([9.5] * 6, 18))
    [alert] = one.rows(alerts)
    assert "P1 of VAX A1 is on hold: above 8.0 °C for 10 min since the release of" in alert.sentence
    assert alert.lots[0]["state"] == "held" and alert.lots[0]["hold"] == 2


def test_verdicts_know_no_decisions(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(10, 12))
    one.hear(*series_of([9.5] * 12, 13))
    fired = {row.at for row in one.rows(firings, firings.c.product == "VAX", firings.c.superseded_at.is_(None))}
    assert fired == {minute(11)}


def test_what_is_used_is_no_revision(one):
    one.hear(*WARM)
    release(one, 12.5, allow=allow(60, 12))
    count = len(one.rows(hold_revisions))
    one.hear(*series_of([9.0, 9.1] * 4, 13))
    assert len(one.rows(hold_revisions)) == count


# --- rejection ---


def test_a_rejection_is_undone_by_two_people_and_then_on_hold_again(one):
    one.hear(*OVER)
    one.ask(Dispose(holds=[1], state="rejected", reason="spoilt"), minute(16))
    with pytest.raises(ConflictError, match="is rejected already"):
        release(one, 17)
    undo = UndoRejection(holds=[1], reason="the wrong pallet")
    assert one.ask(undo, minute(18)) == {"holds": [1], "undone": False}
    assert states(one) == [("rejected", None)]
    with pytest.raises(ConflictError, match="a second person must sign"):
        one.ask(undo, minute(19))
    one.restart()
    with pytest.raises(ConflictError, match="a second person must sign"):
        one.ask(undo, minute(20))
    assert one.ask(undo, minute(21), who="anna") == {"holds": [1], "undone": True}
    assert states(one) == [("held", None)]
    [row] = one.rows(holds)
    assert (row.disposed_by, row.disposed_at, row.reason) == (None, None, None)
    assert [row.state for row in one.rows(decisions)] == ["rejected", "undo_asked", "undone"]
    said = [row.what for row in one.rows(audit) if row.kind == "hold" and row.who in ("quinn", "anna")]
    assert said == ["rejected", "rejection_undo_asked", "rejection_undone"]
    release(one, 22)


def test_only_a_rejection_can_be_undone(one):
    one.hear(*OVER)
    with pytest.raises(ConflictError, match="hold 1 is held, not rejected"):
        one.ask(UndoRejection(holds=[1], reason="r"), minute(17))


# --- the other rules that add up, and those that do not ---


def with_rule(database, rule, **profile):
    """The site with one rule, of a profile with these fields."""
    fields = "".join(f"    {name}: {value}\n" for name, value in profile.items())
    site = "".join(line for line in ONE_UNIT.splitlines(keepends=True) if "lot: A2" not in line)
    return Stage(database, site[: site.index("    rules:\n")] + f"{fields}    rules:\n      - {rule}\n")


def test_time_without_data_may_grow_by_what_was_allowed(database):
    stage = with_rule(
        database, "{id: gaps, kind: gap, quantity: temperature, total: 20min, action: hold}", max_gap="5min"
    )
    stage.hear(*series_of([5.0] * 3), *series_of([5.0] * 40, 30))
    assert [row.rule for row in stage.rows(holds)] == ["gaps"]
    release(stage, 69.5, allow=allow(10, 50))
    assert stage.rows(decisions)[0].measured == 23.0
    stage.hear(*series_of([5.0] * 3, 80))  # nothing was known for 6 minutes
    assert states(stage) == [("released", None)]
    stage.tick(91.1)
    assert states(stage) == [("released", None), ("held", 1)]
    assert "without data for 10 min since the release of 2026-01-01 01:09 UTC, allowed 10 min" in again(stage)[2]


def test_a_mean_kinetic_temperature_may_not_rise_above_the_accepted_one(database):
    rule = "{id: mean, kind: mkt, above: 8.0, window: 60min, action: hold}"
    stage = with_rule(database, rule)
    stage.hear(*series_of([10.0] * 40), *series_of([5.0] * 5, 40))
    release(stage, 44.5)
    accepted = stage.rows(decisions)[0].measured
    assert accepted == 10.0  # what it was when the rule fired: no less was shown
    stage.hear(*series_of([5.0] * 3, 45))
    assert states(stage) == [("released", None)]  # still above the limit, but falling
    stage.hear(*series_of([14.0] * 9, 48))
    assert states(stage) == [("released", None), ("held", 1)]
    assert "more since the release of 2026-01-01 00:44 UTC than the" in again(stage)[2]


def test_a_mean_kinetic_temperature_may_rise_within_what_was_allowed(database):
    stage = with_rule(database, "{id: mean, kind: mkt, above: 8.0, window: 60min, action: hold}")
    stage.hear(*series_of([10.0] * 40))
    release(stage, 39.5, allow=allow(10, 15))
    stage.hear(*series_of([14.0] * 9, 40))
    assert states(stage) == [("released", None)]
    stage.hear(*series_of([14.0] * 3, 49))
    assert states(stage) == [("released", None), ("held", 1)]


def test_shelf_life_may_be_used_as_much_as_was_allowed(database):
    stage = with_rule(database, "{id: spent, kind: life, table: [37 = 1h, 5 = 100h], left: 0.5, action: hold}")
    stage.hear(*series_of([37.0] * 32), *series_of([5.0] * 3, 32))
    release(stage, 34.5, allow=allow(6, 36.999))
    assert stage.rows(decisions)[0].measured == pytest.approx(0.534, abs=0.01)
    stage.hear(*series_of([36.0] * 5, 35))
    assert states(stage) == [("released", None)]
    stage.hear(*series_of([36.0] * 6, 40))
    assert states(stage) == [("released", None), ("held", 1)]
    assert "of the shelf life that was accepted" in again(stage)[2]


def test_shelf_life_that_goes_on_being_used_is_covered_for_no_reading_more(database):
    stage = with_rule(database, "{id: spent, kind: life, table: [37 = 1h, 5 = 100h], left: 0.5, action: hold}")
    stage.hear(*series_of([37.0] * 32), *series_of([5.0] * 3, 32))
    release(stage, 34.5)
    stage.hear(*series_of([37.0] * 2, 35))
    assert states(stage) == [("released", None), ("held", 1)]


def test_any_other_kind_holds_again_when_it_fires_again(database):
    rule = "{id: swift, kind: rate, rise: 20.0, per: 1h, window: 10min, action: hold}"
    stage = with_rule(database, rule)
    stage.hear(*series_of([5.0] * 5), *series_of([6.0, 7.0, 8.0, 9.0, 10.0, 11.0], 5), *series_of([11.0] * 24, 11))
    assert [row.rule for row in stage.rows(holds)] == ["swift"]
    release(stage, 34.5)
    stage.hear(*series_of([11.0] * 10, 35))
    assert states(stage) == [("released", None)]
    stage.hear(*series_of([12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0], 45))
    assert states(stage) == [("released", None), ("held", 1)]
    assert again(stage)[2].endswith("since the release of 2026-01-01 00:34 UTC")


def test_only_units_with_a_release_are_looked_at(stage, monkeypatch):
    looked_at = []

    def noted(evidence, *more):
        looked_at.append(evidence.subject.key.unit)
        return held_again(evidence, *more)

    monkeypatch.setattr("rules.engine.held_again", noted)
    stage.hear(*WARM)
    stage.ask(Dispose(holds=[1], state="released", reason="covered", allow=allow(60, 12)), minute(12.5))
    stage.hear(*series_of([9.5, 5.0, 9.5, 5.0], 13))
    assert set(looked_at) == {"P1"}
