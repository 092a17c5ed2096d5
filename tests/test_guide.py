"""The documents' pictures: each is there, and is one that `make screens` takes."""

import re
from pathlib import Path

from tools.screens import SCREENS_TAKEN

ROOT = Path(__file__).parents[1]
TAKEN = {f"{screen.name}.png" for screen in SCREENS_TAKEN}


def shown(document):
    return re.findall(r"!\[[^\]]+\]\(([^)]+)\)", document.read_text(encoding="utf-8"))


def test_every_picture_shown_is_there():
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    missing = [name for document in documents for name in shown(document) if not (document.parent / name).is_file()]
    assert missing == []


def test_the_pictures_are_those_that_are_taken():
    assert {path.name for path in (ROOT / "docs/screens").iterdir()} == TAKEN


def test_the_guide_shows_a_picture_of_each_page_that_is_taken():
    in_guide = {Path(name).name for name in shown(ROOT / "docs/guide.md")}
    alike = {"now-dark.png", "problem-print.png", "problems.png", "batches.png"}  # looked at, not told of
    assert TAKEN - in_guide == alike
