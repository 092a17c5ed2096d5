"""What every kind of rule must bring: its definition, its cases, its sentence, its page in the documentation."""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path
from typing import Any

import pytest

import rules.read_rule  # noqa: F401 - loads the kinds
import tests.rules.kinds
from rules import batch_judge
from rules.judgement import Firing
from rules.judgement import judge as judge_subject
from rules.kinds.base import KINDS
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import UnitKey, Whereabouts
from tests.oracle.notation import Judge, minute, unit
from tests.oracle.product import to_site
from tests.oracle.sites import at
from tests.rules.kinds.case import Case

every_kind = pytest.mark.parametrize("kind", KINDS.names())
RULES = (Path(__file__).parents[3] / "docs/rules.md").read_text()


def _cases_of(kind: str) -> list[Case]:
    return list(importlib.import_module(f"tests.rules.kinds.{kind}").CASES)


def _modules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(tests.rules.kinds.__path__)} - {"case", "test_contract"}


def _every_case() -> list[Any]:
    return [
        pytest.param(kind, case, id=f"{kind}: {case.claim}") for kind in sorted(_modules()) for case in _cases_of(kind)
    ]


def test_every_kind_brings_its_cases() -> None:
    assert _modules() == set(KINDS.names())


@every_kind
def test_a_kind_has_cases_in_which_it_fires_and_in_which_it_does_not(kind: str) -> None:
    assert {bool(case.fires) for case in _cases_of(kind)} == {True, False}


@pytest.mark.parametrize(("kind", "case"), _every_case())
def test_a_rule_fires_when_it_should(judge: Judge, kind: str, case: Case) -> None:
    until = None if case.until is None else minute(case.until)
    fired = unit(judge(case.site(kind), case.rows(), until))["fired"]
    assert [each["at"] for each in fired if each["rule"] == "it"] == [at(minutes) for minutes in case.fires]


@every_kind
def test_a_kind_says_what_it_means_its_fields_its_units_and_its_source(kind: str) -> None:
    text = inspect.getdoc(sys.modules[KINDS.get(kind).__module__]) or ""
    assert text.startswith(f"`{kind}`: ")
    assert f"{KINDS.get(kind).means.capitalize()}" in text
    assert ("Source: " in text or "Sources: " in text) or kind == "mkt"
    assert any(word in text for word in ("°C", "units", "Durations", "window"))


@every_kind
def test_a_kind_is_documented_with_every_field_it_reads(kind: str) -> None:
    assert f"## {kind}\n" in RULES
    page = RULES.split(f"## {kind}\n")[1].split("\n## ")[0]
    fields = {name for case in _cases_of(kind) for name in case.rule}
    assert not [name for name in fields if f"`{name}`" not in page]
    assert KINDS.get(kind).means.capitalize() in page
    assert "Source" in page


@pytest.mark.parametrize(("kind", "case"), [param for param in _every_case() if param.values[1].fires])
def test_every_firing_says_why_in_a_sentence_and_as_structure(kind: str, case: Case) -> None:
    for firing in _firings(kind, case):
        assert firing.sentence.startswith("it: ")
        assert firing.why.keys() >= {"bound", "measured", "limit", "unit", "readings", "coverage"}
        assert firing.why["readings"] > 0
        assert 0 <= firing.why["coverage"] <= 1


def _firings(kind: str, case: Case) -> list[Firing]:
    site, rows = to_site(case.site(kind)), case.rows()
    until = max(row.measured_at for row in rows) if case.until is None else minute(case.until)
    series, _ = batch_judge._series([row for row in rows if row.measured_at <= until])
    places = Places(site)
    timelines = Timelines(places, lambda *key: series.get(key) or Series())
    subject = Whereabouts(site, places).unit(UnitKey("V", "A", None), until)
    found = judge_subject(SubjectEvidence(subject, timelines, until)).firings
    return [firing for firing in found if firing.rule == "it"]
