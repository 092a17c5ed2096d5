"""Every text that a page or a module asks for is there, and none lies around unused."""

import re
import tomllib
from pathlib import Path

import pytest

import rules.read_rule  # noqa: F401 - loads the kinds
from api.web.frame.texts import text
from domain.topics import topic_of, what_is_wrong
from rules.kinds.base import KINDS

WEB = Path(__file__).parents[3] / "api" / "web"
_ASKED = re.compile(r"""(?:\bt|\btext|\bsay)\(\s*f?["']([a-z_]+\.[a-z0-9_]+)["']""")
_NEEDED = re.compile(r"""\bneeded\([^,()]+, ["']([a-z_]+\.[a-z0-9_]+)["']\)""")  # frame.forms asks for it
_PREFIX = re.compile(r"""(?:\bt|\btext|\bsay)\(\s*f?["']([a-z_]+\.[a-z0-9_]*)(?:["']\s*~|\{)""")


def sources():
    return [path.read_text() for pattern in ("**/*.py", "**/*.html") for path in WEB.glob(pattern)]


def texts():
    found = set()
    for file in WEB.glob("*/*.toml"):
        found |= {f"{file.stem}.{name}" for name in tomllib.loads(file.read_text())}
    return found


def asked():
    return {key for source in sources() for pattern in (_ASKED, _NEEDED) for key in pattern.findall(source)}


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


@pytest.mark.parametrize("going", ["is", "was"])
@pytest.mark.parametrize("quantity", ["temperature", "humidity", ""])
@pytest.mark.parametrize("kind", KINDS.names())
def test_every_kind_of_rule_has_a_title_of_its_own(kind, quantity, going):
    condition = KINDS.get(kind)
    if not quantity and kind not in ("silence", "gap"):
        quantity = getattr(condition, "quantity", "temperature")
        quantity = quantity if isinstance(quantity, str) else "temperature"
    for direction in ("high", "low") if kind in ("limit", "cumulative", "rate") else ("any",):
        topic = topic_of({"kind": kind}, quantity, direction)
        assert "ROOM-1" in text(f"topics.{going}_{topic}", place="ROOM-1")
        assert what_is_wrong({"kind": kind}, quantity, direction)
