"""What is tried, and instead of what."""

from dataclasses import replace

import pytest

from domain.errors import InvalidError, NotFoundError
from domain.model import ALWAYS, ProfileVersion, Site
from domain.times import parse_instant
from ledger.backtest.trial import trial
from rules.subjects.whereabouts import LocationKey
from sites.build import build
from sites.convert import profile
from sites.file import load

SITE = """
sensors: [{id: S1}]
locations: [{id: ROOM, profile: cold}, {id: OTHER, profile: warm}, {id: YARD}]
mounts: [{sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}]
products: [{id: VAX, profile: cold}, {id: PILL, profile: warm}, {id: SALT}]
batches: [{product: VAX, lot: A}, {product: VAX, lot: B}, {product: PILL, lot: C}]
profiles:
  - {id: cold, version: 1, effective_from: 2025-01-01T00:00:00Z, rules: [{id: r, kind: limit, above: 8}]}
  - {id: cold, version: 2, effective_from: 2026-01-01T00:00:00Z, rules: [{id: r, kind: limit, above: 9}]}
  - {id: warm, version: 1, effective_from: 2025-06-01T00:00:00Z, rules: [{id: r, kind: limit, above: 25}]}
"""
JAN, JUNE = parse_instant("2026-01-01T00:00:00Z"), parse_instant("2026-06-01T00:00:00Z")


@pytest.fixture(scope="module")
def site() -> Site:
    return build(load(SITE, "S.yaml"))


def version(name: str = "cold", number: int = 3, above: str = "7") -> ProfileVersion:
    rules = [{"id": "r", "kind": "limit", "above": above}]
    doc = {"id": name, "version": str(number), "effective_from": "2030-01-01T00:00:00Z", "rules": rules}
    return profile({**doc, "max_gap": "30min", "gap_counts_as": "unknown", "min_coverage": "0"})


def in_force(site: Site, name: str = "cold") -> list[tuple[int, int]]:
    return [(each.version, each.effective_from) for each in site.profiles[name]]


def test_a_version_is_tried_for_as_long_as_the_profile_was_in_force(site: Site) -> None:
    tried = trial(site, [version()], until=JUNE)
    assert in_force(tried.after) == [(3, parse_instant("2025-01-01T00:00:00Z"))]
    assert tried.instead_of == ((1, 2),)
    assert tried.before is site


def test_from_an_instant_on_what_was_in_force_before_stays(site: Site) -> None:
    since = parse_instant("2026-03-01T00:00:00Z")
    tried = trial(site, [version()], since=since, until=JUNE)
    assert in_force(tried.after) == [*in_force(site), (3, since)]
    assert tried.instead_of == ((2,),)


def test_what_is_judged_by_the_profile_is_compared_and_nothing_else(site: Site) -> None:
    tried = trial(site, [version()], until=JUNE)
    assert tried.locations() == [LocationKey("ROOM")]
    assert tried.batches() == [("VAX", "A"), ("VAX", "B")]


def test_for_a_product_only_its_batches_are(site: Site) -> None:
    tried = trial(site, [version()], until=JUNE, product="VAX")
    assert (tried.locations(), tried.batches()) == ([], [("VAX", "A"), ("VAX", "B")])


def test_a_profile_that_a_product_does_not_have_is_tried_on_it(site: Site) -> None:
    tried = trial(site, [version("new", 1)], until=JUNE, product="PILL")
    assert tried.batches() == [("PILL", "C")]
    assert tried.after.products["PILL"].profile.steps == ((ALWAYS, "new"),)
    assert in_force(tried.after, "new") == [(1, parse_instant("2025-06-01T00:00:00Z"))]
    later = trial(site, [version("new", 1)], since=JAN, until=JUNE, product="PILL")
    assert later.after.products["PILL"].profile.steps == ((ALWAYS, "warm"), (JAN, "new"))


def test_of_several_versions_the_one_that_is_not_stored_is_tried(site: Site) -> None:
    stored = site.profiles["cold"]
    assert trial(site, [*stored, version()], until=JUNE).tried == (version(),)
    assert trial(site, [stored[0]], until=JUNE).tried == (stored[0],)  # an older one may be tried again


def test_a_stored_number_with_other_rules_is_another_version(site: Site) -> None:
    other = replace(version(), version=2)
    assert trial(site, [*site.profiles["cold"], other], until=JUNE).tried == (other,)


@pytest.mark.parametrize(
    ("given", "product", "problem"),
    [
        ([], None, "nothing to try: no profile"),
        ([version(), version(number=4)], None, 'versions 3, 4 of "cold" are new; one at a time can be tried'),
        ([version("cool")], None, 'nothing is judged by "cool" (did you mean "cold"?); name the product that would be'),
        ([version()], "VAXX", 'no product "VAXX" (did you mean "VAX"?)'),
    ],
)
def test_what_is_not_clear_is_refused(
    site: Site, given: list[ProfileVersion], product: str | None, problem: str
) -> None:
    with pytest.raises((InvalidError, NotFoundError)) as caught:
        trial(site, given, until=JUNE, product=product)
    assert str(caught.value) == problem


def test_a_file_with_nothing_new_is_refused(site: Site) -> None:
    with pytest.raises(InvalidError, match="nothing to try: every profile of the file is stored"):
        trial(site, site.profiles["cold"], until=JUNE)


def test_a_time_that_ends_before_it_begins_is_refused(site: Site) -> None:
    with pytest.raises(InvalidError, match="2026-06-01T00:00:00Z is not before 2026-01-01T00:00:00Z"):
        trial(site, [version()], since=JUNE, until=JAN)
