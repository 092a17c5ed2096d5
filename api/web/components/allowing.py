"""How much more a release allows, as a person writes it: a time in minutes, and the worst value in it."""

import re
from dataclasses import dataclass

from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.numbers import parse_value
from ledger.requests import Allow

_NUMBER = re.compile(r"[-−]?\d{1,7}([.,]\d{1,6})?")


@dataclass(frozen=True, slots=True)
class AllowForm:
    """The two fields as they were sent."""

    minutes: str = ""
    up_to: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was written."""
        return not self.minutes and not self.up_to

    def read(self) -> Allow | None:
        """Return what is allowed; None: nothing. Raises InvalidError where one of the two is missing or no number."""
        if self.is_empty:
            return None
        if not self.minutes or not self.up_to:
            raise InvalidError(text("disposition.allow_both"))
        return Allow(
            _number(self.minutes, "disposition.allow_minutes") / 1_000_000, _number(self.up_to, "disposition.up_to")
        )


NOTHING_ALLOWED = AllowForm()


def allow_form(minutes: str, up_to: str) -> AllowForm:
    """Return the fields of a form."""
    return AllowForm(minutes.strip()[:20], up_to.strip()[:20])


def _number(given: str, field: str) -> int:
    if _NUMBER.fullmatch(given) is None:
        raise InvalidError(text("disposition.no_number", field=text(field), given=given))
    return parse_value(given.replace("−", "-").replace(",", "."))
