"""What units came from, step by step, as far as a person may see it: the edges of a drawn genealogy."""

from collections.abc import Collection

from api.deps import View
from domain.model import UnitKey
from store.stock.as_of import AsOf, edges_back, edges_forward
from store.stock.units import ids_of, keys_of

Edge = tuple[UnitKey, UnitKey]  # a unit, and one that it is from


def edges_between(view: View, units: Collection[UnitKey]) -> list[Edge]:
    """Return which of some units came from which others of them: by movements, or by the parents of their lots."""
    known = {unit for unit in units if view.policy.may_see(unit[:2])}
    numbers = list(ids_of(view.connection, list(known)).values())
    as_of = AsOf(None)
    found = {*edges_back(view.connection, as_of, numbers), *edges_forward(view.connection, as_of, numbers)}
    keys = keys_of(view.connection, {number for edge in found for number in edge})
    edges = {(keys[unit], keys[source]) for unit, source in found}
    edges |= _by_parents(view, known)
    return sorted((edge for edge in edges if known.issuperset(edge)), key=str)


def _by_parents(view: View, units: Collection[UnitKey]) -> set[Edge]:
    batches = view.snapshot.site.batches
    by_lot: dict[tuple[str, str], list[UnitKey]] = {}
    for unit in units:
        by_lot.setdefault(unit[:2], []).append(unit)
    return {
        (unit, source)
        for lot, those in by_lot.items()
        if lot in batches
        for parent in batches[lot].parents
        for source in by_lot.get((parent.product, parent.lot), ())
        if parent.unit in (None, source.unit)
        for unit in those
    }
