"""The text of a cause: a few words for sentences."""

import json

from ledger.corrections.causes import Cause


def in_words(cause: Cause) -> str:
    """Say why something is known now."""
    match cause["kind"]:
        case "correction":
            named = ", ".join(f"{each['kind']} {_key_in_words(each['key'])}" for each in cause["entries"][:2])
            more = f" and {cause['count'] - 2} more" if cause["count"] > 2 else ""
            return f"a correction of {cause['who']} ({named}{more})"
        case "late" | "reading":
            sensors = ", ".join(dict.fromkeys(each["sensor"] for each in cause["readings"]))
            return f"readings of {sensors}{' that came late' if cause['kind'] == 'late' else ''}"
        case "import":
            return f"readings that {cause['who']} imported"
        case "version":
            return f"version {cause['version']} of {cause['profile']}"
        case "rebuild":
            return "judging everything again"
        case _:
            return "the passing of time"


def _key_in_words(key: str) -> str:
    return " ".join(str(part) for part in json.loads(key) if part is not None)
