"""A profile's document as text for a site file; read again it is the same document."""

import json
import re
from collections.abc import Mapping
from typing import Any

_PRESETS = {"max_gap": "30min", "gap_counts_as": "unknown", "min_coverage": "0.95"}
# What YAML reads as this very text, also between braces.
_BARE = re.compile(r"[\w°][\w .°/+%()<>-]*[\w.°%)>]|\w")


def profile_text(doc: Mapping[str, Any]) -> str:
    """Return a section `profiles` with this one version; what is preset is left out."""
    head = [
        f"    {name}: {_scalar(value)}"
        for name, value in doc.items()
        if name not in ("id", "rules") and value is not None and value != _PRESETS.get(name)
    ]
    rules = [f"      - {{{', '.join(_fields(rule))}}}" for rule in doc["rules"]]
    listed = ["    rules:", *rules] if rules else ["    rules: []"]
    return "\n".join(["profiles:", f"  - id: {_scalar(doc['id'])}", *head, *listed, ""])


def _fields(rule: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {_value(value)}" for name, value in rule.items() if value is not None]


def _value(value: str | list[str]) -> str:
    return _scalar(value) if isinstance(value, str) else f"[{', '.join(map(_scalar, value))}]"


def _scalar(text: str) -> str:
    """Return the text bare where it stays what it is, else between quotes."""
    is_bare = _BARE.fullmatch(text) and " #" not in text and text.lower() not in ("null", "~")
    return text if is_bare else json.dumps(text, ensure_ascii=False)
