"""Names of what the site's entries tell of, as far as one person may see them."""

from api.addresses import canonical
from api.deps import View
from api.reads.known import entries_known
from store import state


def names_of(view: View, kind: str) -> dict[str, str]:
    """Return the names of all entries of a kind, by id; one without a name is called by its id."""
    docs = [view.policy.entry(kind, entry.doc) for entry in entries_known(view, kind)]
    return {doc["id"]: doc.get("name") or doc["id"] for doc in docs if doc is not None}


def place_name(view: View, place: str) -> str | None:
    """Return the name of a location, None if it has no other than its id; for staff."""
    entry = state.find_entry(view.connection, "location", canonical(place))
    return entry.doc.get("name") if entry else None
