"""What everything that is of one unit shares."""

from rules.subjects.whereabouts import UnitKey


class OfUnit:
    """Names the parts of the `key` that a read model has."""

    __slots__ = ()

    key: UnitKey

    @property
    def product(self) -> str:
        """The product of the unit."""
        return self.key.product

    @property
    def lot(self) -> str:
        """The lot of the unit."""
        return self.key.lot

    @property
    def unit(self) -> str | None:
        """The name of the unit; None: the lot is one unit."""
        return self.key.unit
