"""The library is in the wheel, and says of every number where it is from."""

import tomllib
from pathlib import Path

import pytest

from sites.library import Listed, library

ROOT = Path(__file__).parents[2]
NOT_SHIPPED = {"benchmarks", "tests"}


def test_every_package_of_the_product_is_in_the_wheel_the_library_included() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert "profiles" in shipped
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED == shipped


@pytest.mark.parametrize("listed", [v for versions in library().values() for v in versions], ids=lambda v: v.entry.key)
def test_every_version_of_the_library_has_a_name_and_source_clause_date_and_evidence(listed: Listed) -> None:
    facts = {name: listed.entry.doc[name] for name in ("name", "source", "clause", "date", "evidence")}
    assert all(facts.values()), facts
