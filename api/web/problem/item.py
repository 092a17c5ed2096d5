"""One line of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Item:
    """Something that became known or was done at an instant; `order` tells what follows from what at the same one."""

    at: int
    title: Markup
    details: Sequence[Markup]
    who: str | None
    tone: str  # hold | warn | plain
    order: int
