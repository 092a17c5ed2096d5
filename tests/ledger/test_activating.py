"""A version of a profile is put in force: on record are who, why and from when; what it changes is judged again."""

import pytest

from domain.errors import ConflictError, InvalidError, Refused
from ledger.requests import Activate, Apply, Correct, Item, Signature
from store.tables import audit, entries, journal
from tests.ledger.stage import START, Stage, minute, series_of

STRICTER = {
    "id": "cold",
    "version": "2",
    "effective_from": "2026-01-01T00:00:00Z",
    "rules": [{"id": "too-warm", "kind": "limit", "above": "8.0", "for": "5min", "action": "hold"}],
}
SIGNED = Signature("Quinn Q. Assure", "put in force")


def deeds(stage: Stage) -> list[tuple[object, ...]]:
    rows = stage.rows(audit, audit.c.what == "activated")
    return [(row.who, row.kind, row.key, row.reason, row.before, row.after.get("signature")) for row in rows]


def test_who_why_and_from_when_are_on_record(stage: Stage) -> None:
    answer = stage.ask(Activate(profiles=[STRICTER], reason=" stability data ", signature=SIGNED))
    assert [each["key"] for each in answer["put"]] == ['["cold","2"]']
    signature = {"name": "Quinn Q. Assure", "meaning": "put in force"}
    assert deeds(stage) == [("quinn", "profile", '["cold","2"]', "stability data", None, signature)]
    [entry] = stage.rows(entries, entries.c.key == '["cold","2"]')
    assert (entry.doc["effective_from"], entry.origin, entry.changed_by) == ("2026-01-01T00:00:00Z", "person", "quinn")
    assert "signature" not in entry.doc
    assert stage.rows(journal)[-1].kind == "correction"


def test_what_it_changes_is_judged_again_from_then_on(stage: Stage) -> None:
    stage.hear(*series_of([5, *[9] * 7, 5]))
    stage.tick(30)
    assert stage.holds() == []
    stage.ask(Activate(profiles=[STRICTER], reason="stability data"), minute(40))
    assert stage.holds() == [("A1", "P1", "too-warm", 6), ("A1", "P2", "too-warm", 6)]


def test_a_file_may_say_why_it_is_applied(small: Stage) -> None:
    small.ask(Apply(entries=[Item("profile", STRICTER)], reason="change control 17"), who="anna")
    [row] = small.rows(audit, audit.c.key == '["cold","2"]')
    assert (row.who, row.what, row.reason) == ("anna", "put", "change control 17")


@pytest.mark.parametrize("reason", ["", " \n"])
def test_nothing_is_put_in_force_without_a_reason(small: Stage, reason: str) -> None:
    with pytest.raises(InvalidError, match="a reason is needed to activate a profile"):
        small.ask(Activate(profiles=[STRICTER], reason=reason))
    with pytest.raises(InvalidError, match="no profile is named"):
        small.ask(Activate(profiles=[], reason="fine"))
    assert deeds(small) == []


def test_a_version_is_put_in_force_once(small: Stage) -> None:
    small.ask(Activate(profiles=[STRICTER], reason="fine"))
    with pytest.raises(ConflictError, match='profiles\\["cold","2"\\] is there already'):
        small.ask(Activate(profiles=[STRICTER], reason="again"))
    with pytest.raises(ConflictError):
        small.ask(Correct(put=[Item("profile", {**STRICTER, "rules": []})]))


def test_versions_are_put_in_force_all_or_none(small: Stage) -> None:
    wrong = {**STRICTER, "version": "3", "rules": [{"id": "too-warm", "kind": "limt"}]}
    with pytest.raises(Refused) as refused:
        small.ask(Activate(profiles=[STRICTER, wrong], reason="fine"))
    assert (
        "profile[1].rules[0].kind" in refused.value.problems[0] and 'did you mean "limit"' in refused.value.problems[0]
    )
    with pytest.raises(Refused, match="is when another version begins"):
        small.ask(Activate(profiles=[STRICTER, {**STRICTER, "version": "4"}], reason="fine"))
    assert (deeds(small), len(small.rows(entries, entries.c.kind == "profile"))) == ([], 1)


def test_it_is_known_after_a_restart(small: Stage) -> None:
    small.ask(Activate(profiles=[STRICTER], reason="fine"), START)
    small.restart()
    small.writer.start(minute(1))
    assert small.writer.differed == []
