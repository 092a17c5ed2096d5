"""What people write into forms."""

import unicodedata

from api.web.frame.texts import text
from domain.errors import ColdchainError, InvalidError

LONGEST = 2000


def written(given: str) -> str:
    """Return what a person wrote: line ends as one sign, nothing around it.

    Raises InvalidError for more than is kept, and for control characters.
    """
    words = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(words) > LONGEST:
        raise InvalidError(text("forms.too_long", count=LONGEST))
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in words):
        raise InvalidError(text("forms.control"))
    return words


def needed(given: str, missing: str) -> str:
    """Return what a person wrote. Raises InvalidError, in the words of the key `missing`, where it is nothing."""
    words = written(given)
    if not words:
        raise InvalidError(text(missing))
    return words


def quantity_in(given: str) -> float:
    """Return the quantity that a person wrote, with a comma or a point. Raises InvalidError where it is none."""
    words = written(given)
    try:
        return float(words.replace(",", "."))
    except ValueError as error:
        raise InvalidError(text("forms.no_quantity", given=words)) from error


def of_the_form(error: ColdchainError) -> ColdchainError:
    """Return what is wrong with a form, to show it again with that. Raises what no other form could mend."""
    if error.code in ("internal", "unavailable"):
        raise error
    return error
