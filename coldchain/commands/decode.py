"""`coldchain decode`: what would you make of this payload?"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from coldchain.decode_as_live import Live
from domain.errors import ColdchainError, DecodeError, InvalidError
from ingest import codecs
from ingest.answer import answer_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, after_changes
from ingest.placing import place_alone

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("format_name", metavar="FORMAT", required=False)
@click.argument("topic", required=False)
@click.argument("payload", required=False, default="-")
@click.option("--hex", "is_hex", is_flag=True, help="PAYLOAD is hexadecimal.")
@click.option("--mapping", help="The source's mapping as JSON.")
@click.option("--timezone", help="The source's time zone, for local times.")
@click.option("--retained", is_flag=True, help="Decode it as a retained message.")
@click.option("--site", type=_FILE, help="Use the sources of this site file: give TOPIC and PAYLOAD, and no FORMAT.")
@click.option("--live", is_flag=True, help="Use the sources of the live system: give TOPIC and PAYLOAD, and no FORMAT.")
@click.option("--cases", type=click.Path(exists=True, dir_okay=False), help="Decode each line of a JSONL file instead.")
def command(
    format_name: str | None,
    topic: str | None,
    payload: str,
    is_hex: bool,
    mapping: str | None,
    timezone: str | None,
    retained: bool,
    site: Path | None,
    live: bool,
    cases: str | None,
) -> None:
    """Print what a payload of FORMAT on TOPIC says; PAYLOAD `-` (the default) reads standard input.

    With --site or --live the answer is the live system's: the source that listens to TOPIC says format, mapping and
    time zone, and how devices are called; what the database knows of their clocks is used. So it is for each line of
    --cases. Exit 1 if a payload cannot be decoded.
    """
    if site is not None or live:
        if mapping or timezone or (site is not None and live):
            raise click.UsageError("--site and --live go with TOPIC, PAYLOAD, --hex and --retained, or --cases, only")
        as_live = Live.of_file(site) if site else Live.of_database()
        if cases:
            sys.exit(not _decode_cases(cases, as_live))
        _decode_as_live(as_live, [format_name, topic, payload], is_hex, retained)
        return
    if cases:
        sys.exit(not _decode_cases(cases))
    if not format_name or not topic:
        raise click.UsageError("give FORMAT and TOPIC, or --cases FILE")
    given = sys.stdin.buffer.read() if payload == "-" else os.fsencode(payload)
    source = Source(topic, format_name, _mapping(mapping), timezone)
    codecs.get(format_name).check(source)
    try:
        message = Message(topic, _bytes(given, is_hex), retained, _now())
        decoded, _ = _decode(source, message)
    except DecodeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(json.dumps(answer_of(decoded, message.received_at), ensure_ascii=False))


def _decode_as_live(live: Live, arguments: list[str | None], is_hex: bool, retained: bool) -> None:
    topic, payload, *others = arguments
    if topic is None or others != ["-"]:
        raise click.UsageError("with --site or --live give TOPIC and PAYLOAD, and no FORMAT")
    given = sys.stdin.buffer.read() if payload in (None, "-") else os.fsencode(payload or "")
    try:
        answer = live.answer(Message(topic, _bytes(given, is_hex), retained, _now()))
    except DecodeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(json.dumps(answer, ensure_ascii=False))


def _mapping(text: str | None) -> dict[str, object]:
    try:
        mapping = json.loads(text or "{}")
    except ValueError as error:
        raise InvalidError(f"--mapping is no JSON: {error}") from error
    if not isinstance(mapping, dict):
        raise InvalidError(f"--mapping is no JSON object: {text!r}")
    return mapping


def _bytes(given: bytes, is_hex: bool) -> bytes:
    if not is_hex:
        return given
    try:
        return bytes.fromhex(given.decode("ascii"))
    except ValueError as error:
        raise InvalidError(f"not hexadecimal: {given[:40]!r}") from error


def _now() -> int:
    return time.time_ns() // 1000


def _decode(source: Source, message: Message, memory: Memory = UNCHANGED) -> tuple[Decoded, Memory]:
    """Return what it says, and what is remembered after it."""
    decoded, changes = codecs.get(source.format).decode(message, source, memory)
    return place_alone(decoded, message, source), after_changes(memory, changes)


def _decode_cases(path: str, live: Live | None = None) -> bool:
    """Print an answer for every line, that of the live system if given; return whether all could be decoded."""
    good = True
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                answer = _answer(line, number, live)
                good &= "error" not in answer
                click.echo(json.dumps(answer, ensure_ascii=False))
    return good


def _answer(line: str, number: int, live: Live | None) -> dict[str, Any]:
    case: Any = None
    try:
        case = json.loads(line)
        if live is not None:
            return {"id": case["id"], **live.answer(_message(case), _preceding(case))}
        return {"id": case["id"], **answer_of(_decode_case(case), _now())}
    except ColdchainError as error:
        return {"id": case["id"], "error": str(error)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        name = case.get("id") if isinstance(case, dict) else None
        return {"id": name, "error": f"line {number} is no case: {type(error).__name__} {error}"}


def _decode_case(case: dict[str, Any]) -> Decoded:
    hint = case.get("mapping_hint")
    source = Source(case["topic"], case["format"], hint if isinstance(hint, dict) else {}, case.get("timezone"))
    memory: Memory = UNCHANGED
    for message in _preceding(case):
        try:
            _, memory = _decode(source, message, memory)
        except DecodeError:
            continue  # what was heard before and not understood changes nothing
    return _decode(source, _message(case), memory)[0]


def _preceding(case: dict[str, Any]) -> list[Message]:
    """Return what was heard before, on the same topic unless it says another."""
    return [_message({"topic": case["topic"], **each}) for each in case.get("preceding", ())]


def _message(case: dict[str, Any]) -> Message:
    payload = bytes.fromhex(case["payload_hex"]) if "payload_hex" in case else case["payload"].encode()
    properties = case.get("user_properties") or ()
    pairs = properties.items() if isinstance(properties, dict) else properties
    return Message(
        case["topic"],
        payload,
        bool(case.get("retained")),
        _now(),
        tuple((str(name), str(value)) for name, value in pairs),
    )
