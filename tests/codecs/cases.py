"""The recorded cases: a file for each format, `<format>.yaml`, one case after the other.

A case has a `name` of its own, the `topic` of its message, the `payload` (or `payload_hex`, where it is no text), and
either the `error` that is raised or what is read: `readings`, `status`, `actions`, as `coldchain decode` prints them.
It may have `filter` (else the topic), `mapping`, `timezone`, `secret`, `retained`, `received_at`, `user_properties` (a
mapping), `http` (true: a POST brought it, which changes nothing for a codec), and `preceding`: the messages heard
before it, each with a payload and what else it has of its own.
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
OF_MESSAGES = {"topic", "payload", "payload_hex", "retained", "received_at", "user_properties"}
KNOWN = {"name", "filter", "mapping", "timezone", "secret", "http", "preceding", "error", *OF_MESSAGES}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # some ten times faster


@dataclass(frozen=True)
class Case:
    name: str
    source: Source
    message: Message
    expected: object  # None: the error
    error: str | None
    preceding: Sequence[Message] = ()

    @property
    def format(self) -> str:
        return self.source.format


def case_of(format_name: str, given: Mapping[str, Any]) -> Case:
    """Read a case. Fails for one that does not say what it must, by its name."""
    name, topic = given["name"], given["topic"]
    assert given.keys() <= {*KNOWN, *READ}, f"{name}: unknown keys {given.keys() - {*KNOWN, *READ}}"
    is_read = bool(given.keys() & {*READ})
    assert is_read != ("error" in given), f"{name}: either an error or what is read"
    mapping, zone, secret = given.get("mapping", {}), given.get("timezone"), given.get("secret", "")
    return Case(
        name,
        Source(given.get("filter", topic), format_name, mapping, zone, secret=secret),
        _message(name, given),
        {each: given.get(each, []) for each in READ} if is_read else None,
        given.get("error"),
        [_message(name, {"topic": topic, **each}) for each in given.get("preceding", ())],
    )


def _message(name: str, given: Mapping[str, Any]) -> Message:
    assert ("payload" in given) != ("payload_hex" in given), f"{name}: either payload or payload_hex"
    assert name == given.get("name") or given.keys() <= OF_MESSAGES, f"{name}: unknown keys of one that precedes"
    return Message(
        given["topic"],
        bytes.fromhex(given["payload_hex"]) if "payload_hex" in given else given["payload"].encode(),
        given.get("retained", False),
        parse_instant(given.get("received_at", "2026-01-01T00:01:00Z")),
        tuple(given.get("user_properties", {}).items()),
    )


def load(file: Path) -> list[Case]:
    return [case_of(file.stem, given) for given in yaml.load(file.read_text(), Loader=_LOADER)]


@cache
def all_cases() -> Sequence[Case]:
    return [case for file in sorted(ROOT.glob("*.yaml")) for case in load(file)]
