"""Secret files of sources: what they hold reaches the codec, and nothing else."""

from pathlib import Path

import pytest

from domain.errors import DecodeError, InvalidError
from ingest.decoded import Message
from ingest.secret_files import reader
from ingest.sources import Sources, check
from sites.entries import entry

KEY = "231d39c1d7cc1ab1aee224cd096db932"
ENCRYPTED = Message("ble/5448E68F80A5/fcd2", bytes.fromhex("41a47266c95f730011223378237214"))


def sources(folder: Path, named: str) -> Sources:
    doc = entry("source", {"topic": "ble/+/fcd2", "format": "bthome_v2", "secret_file": named}).doc
    return Sources([("k", doc)], "UTC", reader([folder]))


def test_the_key_of_a_secret_file_decrypts(tmp_path: Path) -> None:
    (tmp_path / "ble.key").write_text(KEY + "\n")
    found = sources(tmp_path, "ble.key").find(ENCRYPTED.topic, 0)
    assert found is not None
    decoded, _ = found.decode(ENCRYPTED, found.source, {})
    assert [reading.value for reading in decoded.readings] == [25_060_000, 50_550_000]
    assert KEY not in repr(found.source)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "its secret_file 'ble.key' cannot be read"),
        (" \n", "its secret_file 'ble.key' is empty"),
        ("short", "line 1 of the secret is neither a key of 32 hexadecimal digits nor address and key"),
    ],
)
def test_messages_of_a_source_whose_secret_cannot_be_used_are_unreadable(
    tmp_path: Path, text: str | None, why: str
) -> None:
    if text is not None:
        (tmp_path / "ble.key").write_text(text)
    found = sources(tmp_path, "ble.key").find(ENCRYPTED.topic, 0)
    assert found is not None
    with pytest.raises(DecodeError) as refused:
        found.decode(ENCRYPTED, found.source, {})
    assert str(refused.value) == f"the source ble/+/fcd2 cannot be used: {why}"


def test_an_entry_is_checked_without_its_secret() -> None:
    check(entry("source", {"topic": "ble/+/fcd2", "format": "bthome_v2", "secret_file": "nowhere.key"}).doc)


def test_a_full_path_is_read_whatever_the_folders(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("s")
    assert reader([Path("/nowhere")])(str(tmp_path / "k")) == "s"
    with pytest.raises(InvalidError):
        reader([])("k")
