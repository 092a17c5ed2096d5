"""What people call things, where two may have the same name."""

from collections import Counter
from collections.abc import Mapping


def called(names: Mapping[str, str]) -> dict[str, str]:
    """Return names by id, with the id where another has the same: `Cold room (COLD-1)`."""
    counts = Counter(names.values())
    return {key: name if counts[name] == 1 else f"{name} ({key})" for key, name in names.items()}
