"""Where units were by their genealogy: the work grows with the units and the parents named, not with the ways."""

from collections.abc import Iterator

from domain.model import Batch, BatchKey, Location, Parent, Placement, Product, Site
from domain.times import HOUR
from rules.subjects.places import Places
from rules.subjects.whereabouts import Stay, UnitKey, Whereabouts

POOLED = 3  # batches a level, each made from all of the level before
UNITS = ("P1", "P2")


class Counted(dict[BatchKey, Batch]):
    """Batches that count how often one is looked up."""

    looked_up = 0

    def __getitem__(self, key: BatchKey) -> Batch:
        self.looked_up += 1
        return super().__getitem__(key)


def _pooled(levels: int) -> Site:
    batches, placements = Counted(), []
    for level in range(levels):
        parents = tuple(Parent("V", f"{level - 1}-{i}") for i in range(POOLED)) if level else ()
        for i in range(POOLED):
            batch = Batch("V", f"{level}-{i}", made_at=level * HOUR, parents=parents)
            batches[batch.product, batch.lot] = batch
            for unit in UNITS:
                placements.append(Placement("V", batch.lot, unit, f"ROOM-{i}", level * HOUR, (level + 2) * HOUR))
    rooms = {f"ROOM-{i}": Location(f"ROOM-{i}") for i in range(POOLED)}
    return Site(locations=rooms, products={"V": Product("V")}, batches=batches, placements=tuple(placements))


def _all_units(site: Site) -> Iterator[UnitKey]:
    return (UnitKey("V", lot, unit) for _, lot in sorted(site.batches) for unit in UNITS)


def _looked_up(levels: int) -> int:
    site = _pooled(levels)
    whereabouts = Whereabouts(site, Places(site))
    for unit in _all_units(site):
        whereabouts.unit(unit, levels * HOUR)
    assert isinstance(site.batches, Counted)
    return site.batches.looked_up


def test_work_grows_with_the_levels_and_not_with_the_ways_through_them():
    assert _looked_up(40) - _looked_up(39) == _looked_up(10) - _looked_up(9)


def test_pooled_batches_were_wherever_any_of_their_ancestors_were():
    site = _pooled(3)
    subject = Whereabouts(site, Places(site)).unit(UnitKey("V", "2-1", "P1"), 3 * HOUR)
    first = [Stay(f"ROOM-{i}", 0, HOUR) for i in range(POOLED)]
    second = [Stay(f"ROOM-{i}", HOUR, 2 * HOUR) for i in range(POOLED)]
    assert subject.stays == (*first, *second, Stay("ROOM-1", 2 * HOUR, 4 * HOUR))


def test_a_genealogy_may_be_longer_than_the_stack_is_deep():
    parents = {i: (Parent("V", f"L{i - 1}"),) if i else () for i in range(3000)}
    batches = {("V", f"L{i}"): Batch("V", f"L{i}", made_at=i + 1, parents=parents[i]) for i in range(3000)}
    site = Site(
        locations={"ROOM": Location("ROOM")},
        products={"V": Product("V")},
        batches=batches,
        placements=(Placement("V", "L0", None, "ROOM", 0),),
    )
    subject = Whereabouts(site, Places(site)).unit(UnitKey("V", "L2999", None), HOUR)
    assert subject.stays == (Stay("ROOM", 0, 2),)


def test_what_is_asked_for_an_earlier_instant_is_not_what_was_worked_out_for_a_later_one():
    site = _pooled(2)
    whereabouts = Whereabouts(site, Places(site))
    unit = UnitKey("V", "1-0", "P1")
    assert len(whereabouts.unit(unit, HOUR).stays) == 4
    assert len(whereabouts.unit(unit, 0).stays) == 3
    assert len(whereabouts.unit(unit, HOUR).stays) == 4
