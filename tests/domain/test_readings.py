"""Every mark of a reading is explained, to whoever reads a command's output and on the pages."""

import tomllib
from pathlib import Path

from domain.readings import EXPLAINED, NOT_JUDGED, Flag

PAGE = Path(__file__).parents[2] / "api" / "web" / "readings" / "readings.toml"


def test_every_mark_is_explained():
    assert list(EXPLAINED) == list(Flag)
    texts = tomllib.loads(PAGE.read_text())
    assert {f"flag_{flag.name.lower()}" for flag in Flag} == {name for name in texts if name.startswith("flag_")}


def test_a_mark_that_replaces_the_time_is_judged():
    assert not NOT_JUDGED & (Flag.ARRIVAL_TIME | Flag.NO_ZONE | Flag.CLOCK_REPLACED | Flag.HISTORICAL)
