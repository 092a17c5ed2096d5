"""The recorded cases: a file for each format, `<format>.yaml`, one case after the other.

A case has a `name` of its own, the `topic` of its message, the `payload` (or `payload_hex`, where it is no text), and
either the `error` that is raised or what is read: `readings`, `status`, `actions`, as `coldchain decode` prints them.
It may have `filter` (else the topic), `mapping`, `timezone`, `retained` and `received_at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.times import parse_instant
from ingest.decoded import Message, Source

ROOT = Path(__file__).parent
READ = ("readings", "status", "actions")
KNOWN = {"name", "topic", "filter", "mapping", "timezone", "retained", "received_at", "payload", "payload_hex", "error"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # some ten times faster


@dataclass(frozen=True)
class Case:
    name: str
    source: Source
    message: Message
    expected: object  # None: the error
    error: str | None

    @property
    def format(self) -> str:
        return self.source.format


def case_of(format_name: str, given: Mapping[str, Any]) -> Case:
    """Read a case. Fails for one that does not say what it must, by its name."""
    name, topic = given["name"], given["topic"]
    assert given.keys() <= {*KNOWN, *READ}, f"{name}: unknown keys {given.keys() - {*KNOWN, *READ}}"
    assert ("payload" in given) != ("payload_hex" in given), f"{name}: either payload or payload_hex"
    is_read = bool(given.keys() & {*READ})
    assert is_read != ("error" in given), f"{name}: either an error or what is read"
    payload = bytes.fromhex(given["payload_hex"]) if "payload_hex" in given else given["payload"].encode()
    received_at = parse_instant(given.get("received_at", "2026-01-01T00:01:00Z"))
    return Case(
        name,
        Source(given.get("filter", topic), format_name, given.get("mapping", {}), given.get("timezone")),
        Message(topic, payload, given.get("retained", False), received_at),
        {each: given.get(each, []) for each in READ} if is_read else None,
        given.get("error"),
    )


def load(file: Path) -> list[Case]:
    return [case_of(file.stem, given) for given in yaml.load(file.read_text(), Loader=_LOADER)]


@cache
def all_cases() -> Sequence[Case]:
    return [case for file in sorted(ROOT.glob("*.yaml")) for case in load(file)]
