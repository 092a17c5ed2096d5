"""The recorded cases: a folder each, `payload` and `case.json`, with `expected.json` or `expected.err`."""

import json
from dataclasses import dataclass
from pathlib import Path

from domain.times import parse_instant
from ingest.decoded import Message, Source

ROOT = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    folder: Path
    format: str
    source: Source
    message: Message

    @property
    def expected(self) -> object:
        file = self.folder / "expected.json"
        return json.loads(file.read_text()) if file.exists() else None

    @property
    def error(self) -> str | None:
        file = self.folder / "expected.err"
        return file.read_text().strip() if file.exists() else None


def load(folder: Path) -> Case:
    case = json.loads((folder / "case.json").read_text())
    known = {"topic", "filter", "mapping", "timezone", "retained", "received_at"}
    assert case.keys() <= known, f"{folder}: unknown keys {case.keys() - known}"
    topic = case["topic"]
    source = Source(case.get("filter", topic), folder.parent.name, case.get("mapping", {}), case.get("timezone"))
    received_at = parse_instant(case.get("received_at", "2026-01-01T00:01:00Z"))
    payload = (folder / "payload").read_bytes()
    return Case(folder, source.format, source, Message(topic, payload, case.get("retained", False), received_at))


def all_cases() -> list[Case]:
    return [load(file.parent) for file in sorted(ROOT.glob("*/*/case.json"))]
