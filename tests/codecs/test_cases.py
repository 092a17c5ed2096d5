"""Every gateway format reads its recorded cases, and brings some."""

import contextlib
import re
from pathlib import Path

import msgspec
import pytest

from domain.errors import DecodeError
from ingest import codecs
from ingest.answer import answer_of
from ingest.decoded import UNCHANGED, Memory, after_changes
from ingest.placing import place_alone
from tests.codecs.cases import ROOT, Case, all_cases, case_of


def named(case: Case) -> str:
    return f"{case.format}/{case.name}"


@pytest.mark.parametrize("case", all_cases(), ids=named)
def test_a_recorded_case_is_read_as_expected(case: Case) -> None:
    decode, memory = codecs.get(case.format).decode, heard_before(case)
    if case.error is not None:
        with pytest.raises(DecodeError) as refused:
            decode(case.message, case.source, memory)
        assert str(refused.value) == case.error
    else:
        decoded, changes = decode(case.message, case.source, memory)
        placed = place_alone(decoded, case.message, case.source)
        assert answer_of(placed, case.message.received_at) == case.expected
        assert_stored_and_read_back(case.format, changes)


def heard_before(case: Case) -> Memory:
    """Return what is remembered of the messages that precede; what of them cannot be read changes nothing."""
    memory: Memory = UNCHANGED
    for message in case.preceding:
        with contextlib.suppress(DecodeError):
            _, changes = codecs.get(case.format).decode(message, case.source, memory)
            assert_stored_and_read_back(case.format, changes)
            memory = after_changes(memory, changes)
    return memory


def assert_stored_and_read_back(format_name: str, changes: Memory) -> None:
    decoder = msgspec.msgpack.Decoder(codecs.get(format_name).remembers)
    for value in changes.values():
        assert value is None or decoder.decode(msgspec.msgpack.encode(value)) == value


@pytest.mark.parametrize("case", all_cases(), ids=named)
def test_decoding_twice_gives_the_same(case: Case) -> None:
    if case.error is None:
        decode, memory = codecs.get(case.format).decode, heard_before(case)
        before = dict(memory)
        assert decode(case.message, case.source, memory) == decode(case.message, case.source, memory)
        assert memory == before, "a codec returns what changes, and changes nothing itself"


@pytest.mark.parametrize("name", codecs.names())
def test_every_format_brings_good_and_bad_cases(name: str) -> None:
    cases = [case for case in all_cases() if case.format == name]
    assert [case for case in cases if case.error is None], f"no case in {name}.yaml"
    refuses_nothing = name == "ignore"
    assert bool([case for case in cases if case.error]) != refuses_nothing, f"cases with an error in {name}.yaml"


def test_every_file_of_cases_is_of_a_format_and_names_each_case_once() -> None:
    assert {file.stem for file in ROOT.glob("*.yaml")} == set(codecs.names())
    for name in codecs.names():
        names = [case.name for case in all_cases() if case.format == name]
        assert sorted({each for each in names if names.count(each) > 1}) == [], f"named twice in {name}.yaml"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"payload": "4.2", "readings": [], "tpoic": "t"}, "c: unknown keys {'tpoic'}"),
        ({"readings": []}, "c: either payload or payload_hex"),
        ({"payload": "4.2", "payload_hex": "342e32", "readings": []}, "c: either payload or payload_hex"),
        ({"payload": "4.2"}, "c: either an error or what is read"),
        ({"payload": "4.2", "error": "no", "status": []}, "c: either an error or what is read"),
        ({"payload": "4.2", "error": "no", "preceding": [{}]}, "c: either payload or payload_hex"),
        ({"payload": "4.2", "error": "no", "preceding": [{"payload": "1", "of": 2}]}, "c: unknown keys of one that"),
    ],
)
def test_a_case_that_does_not_say_what_it_must_is_refused(wrong: dict[str, object], problem: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(problem)):
        case_of("json", {"name": "c", "topic": "t", **wrong})


def test_every_module_of_the_folder_registers_a_format() -> None:
    modules = {file.stem for file in Path(codecs.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == set(codecs.names())
