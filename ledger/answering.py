"""Which requests that wait are done at once, and how what each comes to lies in the inbox."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from domain.errors import ColdchainError, InvalidError
from ledger.inbox import refusal
from ledger.requests import Record, read
from ledger.stock.given import Asked
from store import state

Outcome: TypeAlias = Any | ColdchainError  # the answer to a request, or what it is refused with

LARGE = 1000  # entries or movements of one request
MOVEMENTS_AT_ONCE = 100  # of several requests: they are written, and judged, before anything else is looked at


def first_alike(waiting: Sequence[state.Request]) -> Sequence[state.Request]:
    """Return the first of the requests that wait, with those right after it that are taken at once with it.

    They are requests to record movements, each with a key of its own.
    """
    keys: set[tuple[str, str]] = set()
    found = movements = 0
    for each in waiting:
        key = each.who, each.request.get("key")
        if not _is_record(each.request) or key in keys:
            break
        movements += len(each.request["movements"])
        if found and movements > MOVEMENTS_AT_ONCE:
            break
        if key[1] is not None:
            keys.add(key)
        found += 1
    return waiting[: max(found, 1)]


def is_large(done: Sequence[state.Request]) -> bool:
    """Tell whether requests that were done wrote so much that tables are of another size."""
    written = (each.request.get(name) for each in done for name in ("entries", "movements"))
    return sum(len(each) for each in written if isinstance(each, list)) >= LARGE


def _is_record(request: Any) -> bool:
    try:
        return isinstance(read(request), Record)
    except InvalidError:
        return False


def asked_of(waiting: state.Request) -> Asked:
    """Return what a request to record movements asks for."""
    request = read(waiting.request)
    assert isinstance(request, Record)
    return Asked(waiting.who, request)


def answer_of(outcome: Outcome) -> tuple[str, Any]:
    """Return what becomes of a request, `done` or `refused`, and its answer."""
    return ("refused", refusal(outcome)) if isinstance(outcome, ColdchainError) else ("done", outcome)
