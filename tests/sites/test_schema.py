"""What the table of kinds and the models say of each kind of entry."""

import pytest

from sites.entries import entry
from sites.schema import KINDS, numbers, references

EXAMPLES = [kind for kind, said in KINDS.items() if said.example]


def targets(kind: str, /, **fields: object) -> list[tuple[tuple[str | int, ...], str]]:
    return [(each.path, str(each)) for each in references(kind, entry(kind, fields).doc)]


def test_a_reference_of_one_part_and_of_two_are_named_as_in_problems() -> None:
    assert targets("mount", sensor="S1", location="A", **{"from": "2026-01-01T00:00:00Z"}) == [
        (("sensor",), 'sensor "S1"'),
        (("location",), 'location "A"'),
    ]
    assert targets("placement", product="VAX", lot="A1", location="A", **{"from": "2026-01-01T00:00:00Z"}) == [
        (("lot",), 'batch "A1" of product "VAX"'),
        (("location",), 'location "A"'),
    ]


def test_references_at_every_time_and_in_every_parent_are_found_where_they_stand() -> None:
    steps = [{"value": "A"}, {"value": None, "from": "2026-01-01T00:00:00Z"}]
    assert targets("location", id="B", parent=steps, profile="p") == [
        (("parent", 0, "value"), 'location "A"'),
        (("profile",), 'profile "p"'),
    ]
    parents = [{"product": "VAX", "lot": "A1"}, {"product": "SER", "lot": "B1", "unit": "P1"}]
    assert targets("batch", product="VAX", lot="A2", made_at="2026-01-01T00:00:00Z", parents=parents) == [
        (("product",), 'product "VAX"'),
        (("parents", 0, "lot"), 'batch "A1" of product "VAX"'),
        (("parents", 1, "lot"), 'batch "B1" of product "SER"'),
    ]


@pytest.mark.parametrize("of_channel", [{"kind": "webhook", "url": "https://x"}, {"kind": "email", "to": ["a@x"]}])
def test_the_client_of_any_kind_of_channel_is_a_reference(of_channel: dict[str, object]) -> None:
    assert targets("channel", id="c", client="acme", **of_channel) == [(("client",), 'client "acme"')]
    assert targets("channel", id="c", **of_channel) == []


def test_numbers_are_the_fields_that_are_declared_as_such() -> None:
    found = {kind: numbers(kind) for kind in KINDS if numbers(kind)}
    assert found == {
        "party": {"min_remaining_days"},
        "product": {"uoms"},
        "placement": {"quantity"},
        "profile": {"version", "min_coverage"},
    }


@pytest.mark.parametrize("kind", EXAMPLES)
def test_filters_and_key_are_fields_of_the_kind(kind: str) -> None:
    model = KINDS[kind].model
    assert model is not None
    fields = {field.alias or name for name, field in model.model_fields.items()}
    assert {*KINDS[kind].filters, *KINDS[kind].key} <= fields
