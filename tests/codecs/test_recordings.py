"""What real programs sent, recorded, through the formats of LoRaWAN servers and Sparkplug."""

import json
from pathlib import Path
from typing import Any

from ingest import codecs
from ingest.answer import answer_of
from ingest.decoded import UNCHANGED, Memory, Message, Source, after_changes


def recorded(shared_vectors: Path, name: str) -> list[Message]:
    rows = map(json.loads, (shared_vectors / "recordings" / f"{name}.jsonl").read_text().splitlines())
    return [
        Message(
            row["topic"],
            bytes.fromhex(row["payload_hex"]) if "payload_hex" in row else row["payload"].encode(),
            row["retain"],
            int(row["received_at"] * 1_000_000),
        )
        for row in rows
    ]


def answers(messages: list[Message], format_name: str) -> list[dict[str, Any]]:
    """Return what the messages say, one after the other."""
    memory: Memory = UNCHANGED
    found = []
    for message in messages:
        decoded, changes = codecs.get(format_name).decode(message, Source("#", format_name), memory)
        memory = after_changes(memory, changes)
        found.append(answer_of(decoded, message.received_at))
    return found


def test_chirpstacks_protobuf_says_what_its_json_says(shared_vectors: Path) -> None:
    messages = recorded(shared_vectors, "chirpstack_v4_official_protobuf")
    as_json, as_protobuf = messages[::2], messages[1::2]
    assert len(as_json) == len(as_protobuf) == 20
    for one, other in zip(answers(as_json, "chirpstack_v4"), answers(as_protobuf, "chirpstack_v4"), strict=True):
        assert sorted(one["readings"], key=str) == sorted(other["readings"], key=str)
        assert one["status"] == other["status"]
        assert one["readings"] or one["status"]


def test_a_tahu_node_is_followed_from_birth_to_death(shared_vectors: Path) -> None:
    messages = [each for each in recorded(shared_vectors, "sparkplug_js") if each.topic.startswith("spBv1.0/")]
    found = answers(messages, "sparkplug_b")
    freezer = [
        row["temperature_c"]
        for answer in found
        for row in answer["readings"]
        if row["device"] == "ColdStore/EdgeJS/Freezer 1" and "temperature_c" in row
    ]
    assert freezer == [-18.25, -18.5, -18.75, -17.0, -16.5, None] * 2
    probes = {row["sensor"]: row["temperature_c"] for row in found[2]["readings"]}
    assert probes == {"Temperature": -5.0, "Temp F": 4.0}
    gone = [status["device"] for status in found[-1]["status"] if status.get("online") is False]
    assert gone == ["ColdStore/EdgeJS", "ColdStore/EdgeJS/Freezer 1"]
    asked = [action["topic"] for answer in found for action in answer["actions"]]
    assert asked == ["spBv1.0/ColdStore/NCMD/EdgeJS"] * 2
