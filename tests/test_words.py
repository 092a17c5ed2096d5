"""People read the trade's words: what was said otherwise before is in no text (docs/glossary.md has the words)."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest

import coldchain.commands
from tools.texts import PACKAGES, texts_of_code, texts_of_pages

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# What must not be said, and what is said instead.
INSTEAD = {
    r"\b(fires?|fired|firing)\b": "triggers, triggered, alarm",
    r"\b(goes|going|went) on\b": "ongoing, still in progress",
    r"\bin all\b": "in total",
    r"\bunfounded\b|without reason any more": "no longer supported",
    r"\b(taken|take|took) back\b": "removed, cancelled",
    r"\bnobody is told\b|\bpeople are told\b": "notifications suspended",
    r"\bheard\b|nothing is heard": "received, no data",
    r"\b(hang|hangs|hung) (here|up|it|nowhere|somewhere|at|in)\b": "installed, unassigned, assign",
    r"\b(stands|stood) in\b|\bstill there\b|\bnowhere now\b": "stock, storage history, to date",
    r"\bdead letters?\b|\bre-?drive\b": "unreadable messages, retry",
    r"\bon the past\b|\bput it in force\b|\bin force\b": "back-test, activate, active",
    r"\blets? (you|us|in|anybody|nobody)\b.*\bin\b|\blet in\b": "sign-in link",
    r"\bquiet times?\b": "alarm suppression, maintenance window",
    r"\bdegree-min(utes)?\b": "°C·min",
    r"\bbelieved\b": "superseded",
    r"\bowe[sd]?\b": "data missing",
    r"\btrying on\b": "retrying",
    r"\boff the shelf\b": "unshelve",
    r"\bdeeds?\b": "action, entry",
    r"\bwent through it\b|\bnothing is held\b|\bnothing held\b": "exposed, no hold for it",
    r"\bmade (of|from) it\b": "derived lots",
    r"\bfarthest out\b": "most extreme",
    r"\bforeseen\b": "forecast",
    r"\bload of alarms\b": "alarm rate",
    r"\bwhat is required\b|\brequired of\b|\bnothing is required\b": "limits here, applies to",
    r"\bholds units\b|\basks for review\b|\btells only\b": "Hold, Review, Notify",
    r"\bwhole its life\b|\bas structure\b": "details",
    r"\bconditions known\b|\bof this time is known\b": "data coverage",
}
# The same of the names of modules, classes and functions; fields are those of the API and of the database.
NAMES_INSTEAD = {
    "deed deeds": "action, entry",
    "desk": "what it is",
    "remembered": "state",
    "told said telling saying worded": "reported, sent, words",
    "heard hearing": "received",
    "news": "what is new",
    "errand": "job",
    "standing standings": "finality, state",
    "owed owes owe": "outstanding",
    "otherwise": "changed, revised",
    "stretch stretches splice": "interval, patch",
    "calm stirs glance": "quiescent, scan",
    "lasting adding": "consecutive, cumulative",
    "board": "overview",
    "foreseeing foreseen foresight": "forecast",
    "sight": "access",
}
_DEFINED = re.compile(r"^\s*(?:(?:async )?def|class) (\w+)", re.MULTILINE)
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LENGTH = re.compile(r"\b\d+(?:\.\d+)?(?:min|h|s|d)\b")


@cache
def _texts() -> list[tuple[str, str]]:
    """Return the texts of pages and code: all code is parsed for them, so once."""
    return [
        (f"{file.relative_to(ROOT)} {key or ''}", text)
        for file, key, english in (*texts_of_pages(), *texts_of_code())
        for text in ((english,) if isinstance(english, str) else english)
    ]


def _prose() -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of the documents: code, addresses and names of fields are not prose."""
    for file in DOCS:
        text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{file.name} ~{number}", re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)


def _help() -> Iterator[tuple[str, str]]:
    for module in iter_modules(coldchain.commands.__path__):
        command = getattr(import_module(f"coldchain.commands.{module.name}"), "command", None)
        if isinstance(command, click.Command):
            yield from _help_of(command)


def _help_of(command: click.Command) -> Iterator[tuple[str, str]]:
    yield f"help of {command.name}", command.help or ""
    for parameter in command.params:
        yield f"help of {command.name} {parameter.name}", getattr(parameter, "help", None) or ""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _help_of(each)


@pytest.mark.parametrize("read", [_texts, _prose, _help])
def test_nothing_is_said_in_words_that_people_stumbled_on(read) -> None:
    found = [
        f"{where}: {text!r}: say {say}"
        for where, text in read()
        for pattern, say in INSTEAD.items()
        if re.search(pattern, text, re.IGNORECASE)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("read", [_texts, _help])
def test_a_length_of_time_has_a_space_before_its_unit(read) -> None:
    written = ("rules/kinds/", "api/web/profile_form/")  # how to write a length into a form, as in a site file
    found = [f"{where}: {text!r}" for where, text in read() if _LENGTH.search(text) and not where.startswith(written)]
    assert not found, "\n".join(found)


def _names() -> Iterator[tuple[str, str]]:
    """Yield the names of modules, classes and functions; what a test is called is a sentence."""
    for package in (*PACKAGES, "benchmarks", "tools"):
        for file in sorted((ROOT / package).rglob("*.py")):
            where = str(file.relative_to(ROOT))
            yield where, file.stem
            for found in _DEFINED.finditer(file.read_text(encoding="utf-8")):
                yield where, found[1]


def _say_instead(name: str) -> str | None:
    parts = {part.lower() for part in _PART.findall(name)}
    return next((say for old, say in NAMES_INSTEAD.items() if not parts.isdisjoint(old.split())), None)


def test_no_module_class_or_function_has_an_old_name() -> None:
    names = list(_names())
    assert len(names) > 5000
    found = [f"{where}: {name}: say {say}" for where, name in names if (say := _say_instead(name))]
    assert not found, "\n".join(found)


def test_the_old_words_are_recognised() -> None:
    assert all(_say_instead(name) for name in ("Desk", "_told_by", "refuseTold", "DeadDeed", "newly_heard"))
    assert not any(_say_instead(name) for name in ("boarding", "newspaper", "withstanding", "overheard"))
    assert re.search(next(iter(INSTEAD)), "Why warm fired")
    assert _LENGTH.search("for 30min") and not _LENGTH.search("for 30 min")


def test_every_term_of_the_glossary_is_explained() -> None:
    rows = [line for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    terms = [row.split("|")[1:4] for row in rows if not row.startswith("| term")]
    assert len(terms) > 40
    assert all(term.strip() and meaning.strip() for term, meaning, _ in terms)
