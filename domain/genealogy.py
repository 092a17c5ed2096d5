"""Which batches a batch was made from, and those in turn: each once, however many ways lead there."""

from collections.abc import Container, Mapping
from graphlib import TopologicalSorter

from domain.model import Batch, BatchKey


def genealogy(batches: Mapping[BatchKey, Batch], batch: BatchKey, known: Container[BatchKey] = ()) -> list[BatchKey]:
    """Return a batch and its ancestors, each before its own parents.

    Neither those in `known` nor, through them, theirs. Not by recursion: a genealogy may be longer than the
    interpreter's stack is deep. Raises graphlib.CycleError for a batch made from itself.
    """
    order: TopologicalSorter[BatchKey] = TopologicalSorter()
    order.add(batch)
    waiting, found = [batch], {batch}
    for child in waiting:
        for parent in batches[child].parents:
            key = (parent.product, parent.lot)
            if key in known:
                continue
            order.add(key, child)
            if key not in found:
                found.add(key)
                waiting.append(key)
    return list(order.static_order())
