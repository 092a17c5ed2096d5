"""The text of a cause: a few words for sentences."""

import json

from domain.language import gettext
from ledger.corrections.causes import Cause


def in_words(cause: Cause) -> str:
    """Say why something is known now."""
    match cause["kind"]:
        case "correction":
            named = ", ".join(f"{each['kind']} {_key_in_words(each['key'])}" for each in cause["entries"][:2])
            if cause["count"] > 2:
                named = gettext("{named} and {count} more", named=named, count=cause["count"] - 2)
            return gettext("correction by {who} ({named})", who=cause["who"], named=named)
        case "late" | "reading":
            sensors = ", ".join(dict.fromkeys(each["sensor"] for each in cause["readings"]))
            if cause["kind"] == "late":
                return gettext("late readings of {sensors}", sensors=sensors)
            return gettext("readings of {sensors}", sensors=sensors)
        case "import":
            return gettext("readings imported by {who}", who=cause["who"])
        case "version":
            return _version(cause)
        case "movement":
            return gettext(
                "movement {named} recorded by {who}", named=", ".join(cause["movements"][:2]), who=cause["who"]
            )
        case "rebuild":
            return gettext("complete re-evaluation")
        case _:
            return gettext("time elapsed")


def _version(cause: Cause) -> str:
    named = gettext("version {version} of profile {profile}", version=cause["version"], profile=cause["profile"])
    if not cause.get("who"):
        return named
    if cause["what"] == "removed":
        return gettext("{version}, removed by {who}", version=named, who=cause["who"])
    return gettext("{version}, activated with retroactive effect by {who}", version=named, who=cause["who"])


def _key_in_words(key: str) -> str:
    return " ".join(str(part) for part in json.loads(key) if part is not None)
