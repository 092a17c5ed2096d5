"""What a site has that movements and questions may name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.model import Batch, BatchKey, Location, Party, Product


@dataclass(frozen=True, slots=True)
class Names:
    """Products, lots, locations and parties of a site, and its zone, in which a day ends.

    `placed`: lots whose units the site file's placements or parents tell of already, each with how.
    """

    products: Mapping[str, Product]
    batches: Mapping[BatchKey, Batch]
    locations: Mapping[str, Location]
    parties: Mapping[str, Party]
    placed: Mapping[BatchKey, str]
    zone: tzinfo

    def below(self, location: str, at: int) -> list[str]:
        """Return a location with everything below it in the tree of an instant."""
        children: dict[str | None, list[str]] = defaultdict(list)
        for each in self.locations.values():
            children[each.parent.at(at)].append(each.id)
        found = [location]
        for place in found:
            found += children.get(place, [])
        return found


class _Everything(Mapping[Any, Any]):
    """Has every name; nothing can be looked up in it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: Any) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


# To read what is on record: its names were checked when it was recorded, and its quantities need no conversion.
ON_RECORD: Final = Names(_Everything(), _Everything(), _Everything(), _Everything(), {}, ZoneInfo("UTC"))
