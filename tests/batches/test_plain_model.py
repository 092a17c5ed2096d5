"""`coldchain ask` says of random sites what a plain model of CONTRACTS 5 and 6 says, written apart from the product."""

import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.answers import answer_all
from batches.form import read_movements
from batches.history import history
from batches.names import Names
from batches.questions import read_questions
from domain.errors import Refused
from domain.times import parse_instant
from sites.build import build
from sites.file import load
from sites.stock import names_of
from tests.oracle.stock import Row, first_impossible, printed, sound_voids, stock_at
from tests.oracle.stock_sites import NOW, RandomSite, as_text
from tests.thrift import examples

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def names_in(site: RandomSite) -> Names:
    """The names of a site file."""
    entries = load(site.text, "S.yaml")
    return names_of(build(entries), entries)


def said(names: Names, lines: list[Row], questions: list[Row]) -> list[Row]:
    """The answers of `coldchain ask`. Raises Refused."""
    now = parse_instant(printed(NOW))
    happened = history(read_movements(map(as_text, lines), names, "M.jsonl"), now, "M.jsonl")
    asked = read_questions(map(as_text, questions), names, happened, "Q.jsonl")
    answers = answer_all(asked, happened, names, lambda stock, at: ())
    return [read(_ENCODER.encode(answer)) for answer in answers]


def read(text: str | bytes) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def plain(row: Row) -> Any:
    """The plain model's answer, with numbers of any sort as Decimals."""
    return read(as_text(row))


def check(site: RandomSite) -> set[str]:
    """Hold every answer about a site against the plain model's; return what they tell of."""
    asked = list(site.questions())
    names, seen = names_in(site), set[str]()
    answers = said(names, site.lines, [question for question, _ in asked])
    for (question, at), answer in zip(asked, answers, strict=True):
        expected = stock_at(site.world, site.lines, at).answer(question)
        assert answer == plain(expected), (question, as_text(site.lines))
        assert list(answer) == list(expected)
        seen |= {name for name, value in expected.items() if value} | {
            row["reason"] for row in expected.get("passed_over", ())
        }
    return seen


@settings(max_examples=examples(30), deadline=None)
@given(st.randoms(use_true_random=True))
def test_answers_are_those_of_the_plain_model(chance: random.Random) -> None:
    check(RandomSite(chance).fill(chance.randint(1, 30)))


@settings(max_examples=examples(30), deadline=None)
@given(st.randoms(use_true_random=True))
def test_the_same_movement_is_refused(chance: random.Random) -> None:
    """Whatever is tried: taken, or refused with the first line that cannot be."""
    site = RandomSite(chance).fill(chance.randint(1, 20))
    names = names_in(site)
    for _ in range(10):
        lines = [*site.lines, site.movement()]
        is_sound = sound_voids(lines)
        expected = first_impossible(site.world, lines, NOW) if is_sound else lines[-1]["id"]
        try:
            said(names, lines, [])
        except Refused as error:
            assert expected is not None, (str(error), as_text(lines))
            assert f" {expected}: " in str(error), (expected, str(error), as_text(lines))
        else:
            assert expected is None, as_text(lines)


def test_random_sites_have_everything_in_them() -> None:
    """So that the properties above say something."""
    seen, kinds = set[str](), Counter[str]()
    for seed in range(25):
        site = RandomSite(random.Random(seed)).fill(30)
        seen |= check(site)
        kinds.update(line["do"] for line in site.lines)
    assert kinds.keys() == {
        *("receive", "make", "split", "merge", "move", "ship", "deliver", "return"),
        *("adjust", "destroy", "count", "status", "void"),
    }
    assert seen >= {
        *("rejected", "recalled", "quarantined", "blocked_source", "not_released", "expired", "too_short"),
        *("suppliers", "customers", "lines", "short", "lost", "returned", "adjusted", "totals"),
    }
