"""What a kind declares for people and what it reads from a file are the same fields."""

import pytest

import rules.read_rule  # noqa: F401 - loads the kinds
from rules.kinds.base import KINDS
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import COMMON, QUANTITY
from rules.read_rule import read_rule
from rules.series.bounds import OPERATORS

# Texts that lead `read` down its other ways.
WAYS = [{}, {"method": "usp-cold-chain"}, {"q10": "2"}, {"table": "VVM7"}, {"rise": "1"}, {"per": "1h"}]


def declared(form):
    names = [each.name for each in form.inputs]
    return [name for each in names for name in (OPERATORS if each == "bounds" else [each])]


def asked(kind):
    found = set()
    for way in WAYS:
        fields = Fields(way)
        KINDS.get(kind).read(fields)
        found |= fields._asked
    return found


@pytest.mark.parametrize("kind", KINDS.names())
def test_a_kind_declares_exactly_the_fields_that_it_reads(kind):
    names = declared(KINDS.get(kind).form)
    assert len(set(names)) == len(names)
    # a quantity that can only be one need not be asked for
    assert asked(kind) - {"quantity"} == set(names) - {"quantity"}


@pytest.mark.parametrize("kind", KINDS.names())
def test_a_kind_has_a_name_a_summary_and_a_label_for_every_field(kind):
    form = KINDS.get(kind).form
    assert form.label[:1].isupper()
    assert form.summary.endswith(".")
    assert all(each.label for each in form.inputs)
    assert all(each.choices for each in form.inputs if each.sort == "choice")
    assert all(each.help == "" or each.help[:1].isupper() for each in form.inputs)


@pytest.mark.parametrize("kind", KINDS.names())
def test_a_field_is_required_exactly_if_the_rule_is_refused_without_it(kind):
    fields = Fields({})
    KINDS.get(kind).read(fields)
    missing = {name for name, what in fields.problems if "missing" in what or "needed" in what}
    required = {("above" if each.name == "bounds" else each.name) for each in KINDS.get(kind).form.inputs
                if each.is_required}  # fmt: skip
    either = {"rate": {"rise"}, "mkt": {"above", "window"}, "life": {"reference", "life", "studied_from", "studied_to"}}
    assert missing - either.get(kind, set()) == required


@pytest.mark.parametrize("each", COMMON, ids=lambda each: each.name)
def test_what_every_rule_has_is_read_too(each):
    rule, _ = read_rule({"id": "a", "kind": "silence", "after": "1h"})
    assert rule is not None
    value = {"id": "b", "off_delay": "5min"}.get(each.name) or each.choices[-1]
    given, problems = read_rule({"id": "a", "kind": "silence", "after": "1h", each.name: value})
    assert problems == []
    assert given != rule


def test_presets_are_what_counts_when_a_field_is_left_out():
    for kind in KINDS.names():
        for each in KINDS.get(kind).form.inputs:
            if each.preset:
                one, other = Fields({"rise": "1"}), Fields({"rise": "1", each.name: each.preset})
                assert KINDS.get(kind).read(one) == KINDS.get(kind).read(other), (kind, each.name)
    assert QUANTITY.preset == "temperature"
