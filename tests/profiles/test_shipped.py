"""The library is in the wheel."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_SHIPPED = {"benchmarks", "tests"}


def test_every_package_of_the_product_is_in_the_wheel_the_library_included() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert "profiles" in shipped
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED == shipped
