"""Every gateway format reads its recorded cases, and brings some."""

from pathlib import Path

import msgspec
import pytest

from domain.errors import DecodeError
from ingest import codecs
from ingest.answer import answer_of
from tests.codecs.cases import ROOT, Case, all_cases


def named(case: Case) -> str:
    return f"{case.format}/{case.folder.name}"


@pytest.mark.parametrize("case", all_cases(), ids=named)
def test_a_recorded_case_is_read_as_expected(case: Case) -> None:
    decode = codecs.get(case.format).decode
    if case.error is not None:
        with pytest.raises(DecodeError) as refused:
            decode(case.message, case.source, None)
        assert str(refused.value) == case.error
    else:
        decoded, memory = decode(case.message, case.source, None)
        assert answer_of(decoded) == case.expected
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(memory)) == memory, "the ledger could not keep it"


@pytest.mark.parametrize("case", all_cases(), ids=named)
def test_decoding_twice_gives_the_same(case: Case) -> None:
    if case.error is None:
        decode = codecs.get(case.format).decode
        assert decode(case.message, case.source, None) == decode(case.message, case.source, None)


@pytest.mark.parametrize("name", codecs.names())
def test_every_format_brings_good_and_bad_cases(name: str) -> None:
    cases = [case for case in all_cases() if case.format == name]
    assert [case for case in cases if case.error is None], f"no case in {ROOT / name}"
    assert [case for case in cases if case.error], f"no case with expected.err in {ROOT / name}"


def test_every_folder_of_cases_is_of_a_format_and_complete() -> None:
    folders = [folder for folder in ROOT.glob("*/*") if folder.is_dir() and "__pycache__" not in str(folder)]
    assert {folder.parent.name for folder in folders} == set(codecs.names())
    for folder in folders:
        files = {file.name for file in folder.iterdir()}
        assert files in ({"payload", "case.json", "expected.json"}, {"payload", "case.json", "expected.err"}), folder


def test_every_module_of_the_folder_registers_a_format() -> None:
    modules = {file.stem for file in Path(codecs.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == set(codecs.names())
