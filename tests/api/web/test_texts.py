"""Every text that a page or a module asks for is there, and none lies around unused."""

import re
import tomllib
from pathlib import Path

import pytest

from api.web.texts import text

WEB = Path(__file__).parents[3] / "api" / "web"
_ASKED = re.compile(r"""(?:\bt|\btext|\bsay)\(\s*f?["']([a-z_]+\.[a-z0-9_]+)["']""")
_PREFIX = re.compile(r"""(?:\bt|\btext|\bsay)\(\s*f?["']([a-z_]+\.[a-z0-9_]*)(?:["']\s*~|\{)""")


def sources():
    return [path.read_text() for pattern in ("**/*.py", "**/*.html") for path in WEB.glob(pattern)]


def texts():
    found = set()
    for file in (WEB / "texts" / "en").glob("*.toml"):
        found |= {f"{file.stem}.{name}" for name in tomllib.loads(file.read_text())}
    return found


def asked():
    return {key for source in sources() for key in _ASKED.findall(source)}


def prefixes():
    return {key for source in sources() for key in _PREFIX.findall(source)}


def test_every_text_asked_for_is_there():
    there = texts()
    assert {key for key in asked() if key not in there and key not in prefixes()} == set()


def test_no_text_lies_around_unused():
    # `words` are chosen by what the record says
    begun = (*prefixes(), "words.")
    assert {key for key in texts() - asked() if not key.startswith(begun)} == set()


def test_a_count_chooses_the_form():
    assert text("frame.open_problems", count=1) == "1 open problem"
    assert text("frame.open_problems", count=2) == "2 open problems"


def test_an_unknown_text_stops():
    with pytest.raises(KeyError):
        text("frame.nonsense")
