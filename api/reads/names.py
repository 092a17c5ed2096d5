"""Names of what the site's entries tell of, as far as one person may see them."""

from collections import Counter
from collections.abc import Mapping

from api.addresses import canonical
from api.deps import View
from store import state


def names_of(view: View, kind: str) -> dict[str, str]:
    """Return the names of all entries of a kind, by id; one without a name is called by its id."""
    docs = [view.policy.entry(kind, entry.doc) for entry in state.load_entries(view.connection, kind)]
    return {doc["id"]: doc.get("name") or doc["id"] for doc in docs if doc is not None}


def places_called(view: View) -> dict[str, str]:
    """Return what people call the locations that the person may see, by id: `called` of their names."""
    return called(names_of(view, "location"))


def called(names: Mapping[str, str]) -> dict[str, str]:
    """Return names by id, with the id where another has the same: `Cold room (COLD-1)`."""
    counts = Counter(names.values())
    return {key: name if counts[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def place_name(view: View, place: str) -> str | None:
    """Return the name of a location, None if it has no other than its id; for staff."""
    entry = state.find_entry(view.connection, "location", canonical(place))
    return entry.doc.get("name") if entry else None
