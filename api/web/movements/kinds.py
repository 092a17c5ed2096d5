"""What each kind of movement asks a person for: what is always needed, and what may be said besides. Pure."""

from typing import NamedTuple, get_args

from batches.movements import Status


class Asked(NamedTuple):
    """Fields of a form: those of the usual way, at most three, and the others."""

    usual: tuple[str, ...]
    more: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # of the usual ones

    @property
    def fields(self) -> tuple[str, ...]:
        """Return all of them, with those that every movement has."""
        return (*self.usual, *self.more, *ALWAYS)

    def may_be_empty(self, name: str) -> bool:
        """Tell whether a field may be left out."""
        return name in self.optional or name not in self.usual


ALWAYS = ("reason", "document", "when")
SCANNED = ("unit", "units", "inputs", "location", "shipment", "part")  # where a scan may go, if it is empty
LISTS = ("units", "inputs")  # a unit a line
STATUSES: tuple[str, ...] = get_args(Status)

KINDS = {
    "move": Asked(("unit", "location", "quantity"), ("uom", "part"), ("quantity",)),
    "receive": Asked(("unit", "location", "quantity"), ("uom", "party")),
    "ship": Asked(("unit", "party", "shipment"), ("quantity", "uom", "part", "via")),
    "deliver": Asked(("shipment",), ("units",)),
    "return": Asked(("unit", "location", "party"), ("quantity", "uom", "part")),
    "split": Asked(("unit", "part", "quantity"), ("uom",)),
    "merge": Asked(("units", "part")),
    "make": Asked(("unit", "location", "quantity"), ("uom", "inputs")),
    "adjust": Asked(("unit", "by", "reason"), ("uom", "location")),
    "destroy": Asked(("unit", "quantity", "reason"), ("uom",), ("quantity",)),
    "status": Asked(("unit", "status", "reason")),
}
