"""A location suits a product if there is a value that the limits of both allow."""

import pytest

from domain.times import parse_instant
from rules.suited import clash
from sites.build import build
from sites.file import load

NOW = parse_instant("2026-02-01T00:00:00Z")
PROFILES = {
    "frozen": "{id: r, kind: limit, above: -15.0}",
    "cold": "{id: low, kind: limit, below: 2.0}, {id: high, kind: limit, above: 8.0, for: 1h}",
    "room": "{id: low, kind: limit, below: 15.0}, {id: high, kind: cumulative, above: 25.0, total: 1d}",
    "any": "{id: damp, kind: limit, quantity: humidity, above: 60.0}",
}


def site(product: str, location: str):
    versions = "\n".join(
        f"  - {{id: {name}, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: [{rules}]}}"
        for name, rules in PROFILES.items()
    )
    return build(
        load(
            f"""
site: {{name: X}}
locations:
  - {{id: HOUSE, profile: {location}}}
  - {{id: SHELF, parent: HOUSE}}
  - {{id: BOX, parent: HOUSE, inherits: false}}
products: [{{id: P, profile: {product}}}]
profiles:
{versions}
""",
            "S.yaml",
        )
    )


@pytest.mark.parametrize(
    ("product", "location", "words"),
    [
        ("frozen", "cold", "its limit is below 2.0 °C, the product's above -15.0 °C"),
        ("cold", "frozen", "its limit is above -15.0 °C, the product's below 2.0 °C"),
        ("cold", "room", "its limit is below 15.0 °C, the product's above 8.0 °C"),
        ("room", "cold", "its limit is above 8.0 °C, the product's below 15.0 °C"),
        ("cold", "cold", None),
        ("any", "frozen", None),
        ("cold", "any", None),
        ("cold", "null", None),
        ("null", "cold", None),
    ],
)
def test_limits_that_leave_nothing_clash(product, location, words):
    found = clash(site(product, location), "P", "HOUSE", NOW)
    assert (found and found.words.replace("−", "-")) == words


def test_what_has_no_limits_of_its_own_is_kept_as_what_is_around_it():
    assert clash(site("frozen", "cold"), "P", "SHELF", NOW) is not None
    assert clash(site("frozen", "cold"), "P", "BOX", NOW) is None


def test_only_what_is_in_force_counts():
    assert clash(site("frozen", "cold"), "P", "HOUSE", parse_instant("2019-01-01T00:00:00Z")) is None
