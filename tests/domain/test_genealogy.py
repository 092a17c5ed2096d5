from collections.abc import Iterator
from graphlib import CycleError

import pytest

from domain.genealogy import genealogy
from domain.model import Batch, BatchKey, Parent


def _batches(**parents: str) -> dict[BatchKey, Batch]:
    """`C="A B"`: C was made from A and B."""
    return {
        ("V", lot): Batch("V", lot, parents=tuple(Parent("V", it) for it in of.split())) for lot, of in parents.items()
    }


def _lots(found: list[BatchKey]) -> Iterator[str]:
    return (lot for _, lot in found)


def test_a_batch_comes_before_its_parents_and_each_once():
    batches = _batches(A="", B="A", C="A", D="B C A")
    assert list(_lots(genealogy(batches, ("V", "D")))) == ["D", "B", "C", "A"]
    assert list(_lots(genealogy(batches, ("V", "B")))) == ["B", "A"]


def test_what_is_known_is_left_out_and_what_lies_behind_it():
    assert list(_lots(genealogy(_batches(A="", B="A", C="B"), ("V", "C"), known={("V", "B")}))) == ["C"]


def test_a_genealogy_may_be_longer_than_the_stack_is_deep():
    line = {f"L{i}": f"L{i - 1}" if i else "" for i in range(5000)}
    assert len(genealogy(_batches(**line), ("V", "L4999"))) == 5000


def test_a_batch_made_from_itself_is_an_error():
    with pytest.raises(CycleError):
        genealogy(_batches(A="B", B="A"), ("V", "A"))
