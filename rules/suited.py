"""Whether a location suits a product: there must be a value that the limits of both allow. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.language import gettext
from domain.model import QUANTITIES, ProfileVersion, Site
from rules.messages.words import describe_bounds
from rules.series.bounds import Bound, Bounds

_COMPARING = ("limit", "cumulative")  # kinds of rules that say which values are allowed


class Clash(NamedTuple):
    """A limit of a location that leaves nothing of what a product allows, and the product's."""

    quantity: str
    location: Bound
    product: Bound

    @property
    def words(self) -> str:
        """Return e.g. `its limit is below 2.0 °C, the product's above -15.0 °C`."""
        here, of_product = (describe_bounds(self.quantity, Bounds((each,))) for each in self[1:])
        return gettext("its limit is {here}, the product's {product}", here=here, product=of_product)


def clash(site: Site, product: str, location: str, at: int) -> Clash | None:
    """Return why a location does not suit a product at an instant; None: it does, or no limits tell."""
    of_product = _in_force(site, site.products[product].profile.at(at), at)
    here = _in_force(site, _profile_of(site, location, at), at)
    if of_product is None or here is None:
        return None
    for quantity in QUANTITIES:
        for sign in (1, -1):
            wanted, kept = _tightest(of_product, quantity, sign), _tightest(here, quantity, -sign)
            if wanted is not None and kept is not None and (kept.value - wanted.value) * sign > 0:
                return Clash(quantity, kept, wanted)
    return None


def _profile_of(site: Site, location: str, at: int) -> str | None:
    """Return a location's profile; what has none is kept as the location around it, if it takes part in that."""
    seen = set()
    place: str | None = location
    while place is not None and place not in seen:
        seen.add(place)
        found = site.locations[place]
        profile = found.profile.at(at)
        if profile is not None or not found.inherits:
            return profile
        place = found.parent.at(at)
    return None


def _in_force(site: Site, profile: str | None, at: int) -> ProfileVersion | None:
    begun = [each for each in site.profiles.get(profile or "", ()) if each.effective_from <= at]
    return begun[-1] if begun else None


def _tightest(version: ProfileVersion, quantity: str, sign: int) -> Bound | None:
    """Return the lowest upper limit (`sign` 1), or the highest lower one."""
    return min(_bounds(version, quantity, sign), key=lambda bound: bound.value * sign, default=None)


def _bounds(version: ProfileVersion, quantity: str, sign: int) -> Iterator[Bound]:
    for rule in version.rules:
        if rule.kind in _COMPARING and rule.condition.quantity == quantity and rule.condition.bounds.sign == sign:
            yield rule.condition.bounds.bounds[0]
