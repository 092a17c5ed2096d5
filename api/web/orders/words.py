"""Why a unit is not taken or may not be shipped, in the words of pages."""

from typing import get_args

from api.web.frame.texts import text
from batches.status import Reason

_KNOWN = {*get_args(Reason), "not_in_stock"}


def reason_words(reason: str) -> str:
    """Return a reason as people say it; one that is not known, as it is."""
    return text(f"orders.why_{reason}") if reason in _KNOWN else reason
