"""What is tried: the site as it is, and as it would be with another version of a profile in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.errors import InvalidError, NotFoundError
from domain.model import ALWAYS, Dated, Product, ProfileVersion, Site
from domain.times import SECOND, format_instant
from rules.kinds.common.fields import nearest
from rules.subjects.whereabouts import LocationKey, UnitKey, in_force


@dataclass(frozen=True, slots=True)
class Trial:
    """Two sites that differ in a profile only, and the time over which they are compared."""

    before: Site
    after: Site
    tried: tuple[ProfileVersion, ...]  # in force from `since` on
    instead_of: tuple[tuple[int, ...], ...]  # for each, the versions it takes the place of
    since: int  # ALWAYS: as long as there was a version in force
    until: int
    product: str | None = None  # only its batches, and no places

    def locations(self) -> list[LocationKey]:
        """Return the places that are judged by what is tried."""
        names = {version.profile for version in self.tried}
        places = [] if self.product is not None else self.before.locations.values()
        return [LocationKey(place.id) for place in places if names & _names(place.profile)]

    def batches(self) -> list[tuple[str, str]]:
        """Return the batches that are judged by what is tried, or would be."""
        names = {version.profile for version in self.tried}
        mine = {product.id for product in self.after.products.values() if names & _names(product.profile)}
        if self.product is not None:
            mine &= {self.product}
        return sorted(batch for batch in self.before.batches if batch[0] in mine)


Subject = UnitKey | LocationKey


def trial(
    site: Site,
    given: Iterable[ProfileVersion],
    *,
    since: int | None = None,
    until: int,
    product: str | None = None,
) -> Trial:
    """Return what trying the versions of a file means: those that are not stored as they are, or its only one.

    Without `since` each is taken to have been in force for as long as its profile was. With `product` only its batches
    are judged, and by a profile that it does not have yet, if that is what the file brings. Raises InvalidError where
    it is not clear what is tried, NotFoundError for an unknown product.
    """
    if product is not None and product not in site.products:
        raise NotFoundError(f'no product "{product}"{nearest(product, list(site.products))}')
    if since is not None and since >= until:
        raise InvalidError(f"{format_instant(since)} is not before {format_instant(until)}")
    tried = _tried(list(given), site)
    start = ALWAYS if since is None else since
    holder = None if product is None else site.products[product]
    profiles = {version.profile: _in_place(site, version, start, holder) for version in tried}
    after = replace(site, profiles=site.profiles | profiles)
    if holder is not None:
        after = _given_to(after, holder, tried[0].profile, start)
    _refuse_unused(site, after, tried)
    return Trial(site, after, tuple(tried), tuple(_replaced(site, v, start) for v in tried), start, until, product)


def _tried(given: Sequence[ProfileVersion], site: Site) -> list[ProfileVersion]:
    """Return the versions to be tried, one a profile; of versions that begin together, a second apart, the last."""
    stored = {(v.profile, v.version): v for versions in site.profiles.values() for v in versions}
    fresh = [v for v in given if not _same_rules(stored.get((v.profile, v.version)), v)]
    tried = [v for v in fresh if not _is_replaced_at_once(v, fresh)] if len(given) > 1 else list(given)
    if not tried:
        raise InvalidError("nothing to try: " + ("every profile of the file is stored" if given else "no profile"))
    names = [version.profile for version in tried]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        numbers = ", ".join(str(version.version) for version in tried if version.profile == twice)
        raise InvalidError(f'versions {numbers} of "{twice}" are new; one at a time can be tried')
    return tried


def _is_replaced_at_once(version: ProfileVersion, others: Sequence[ProfileVersion]) -> bool:
    begins = version.effective_from
    return any(v.profile == version.profile and begins < v.effective_from <= begins + SECOND for v in others)


def _same_rules(stored: ProfileVersion | None, given: ProfileVersion) -> bool:
    return stored is not None and replace(stored, effective_from=given.effective_from) == given


def _in_place(site: Site, version: ProfileVersion, since: int, holder: Product | None) -> tuple[ProfileVersion, ...]:
    """Return the versions of the profile with this one in force from then on, or as long as anything was."""
    stored = site.profiles.get(version.profile, ())
    if since > ALWAYS:
        earlier = tuple(each for each in stored if each.effective_from < since)
        return (*earlier, replace(version, effective_from=since))
    starts = [each.effective_from for each in stored]
    if holder is not None and not starts:
        starts = [each.since for each in in_force(site, holder.profile)]
    return (replace(version, effective_from=min(starts, default=ALWAYS)),)


def _replaced(site: Site, version: ProfileVersion, since: int) -> tuple[int, ...]:
    """Return the numbers of the stored versions in force at any time from then on."""
    stored = site.profiles.get(version.profile, ())
    ends = [each.effective_from for each in stored[1:]] + [None]
    return tuple(each.version for each, end in zip(stored, ends, strict=False) if end is None or end > since)


def _given_to(site: Site, product: Product, profile: str, since: int) -> Site:
    """Return the site with the product judged by the profile from then on, if it was not before."""
    if profile in _names(product.profile):
        return site
    earlier = tuple(step for step in product.profile.steps if step[0] < since)
    changed = replace(product, profile=Dated((*earlier, (since, profile))))
    return replace(site, products=site.products | {product.id: changed})


def _refuse_unused(site: Site, after: Site, tried: Iterable[ProfileVersion]) -> None:
    used: set[str | None] = set()
    for product in after.products.values():
        used |= _names(product.profile)
    for location in site.locations.values():
        used |= _names(location.profile)
    for version in tried:
        if version.profile not in used:
            near = nearest(version.profile, sorted(site.profiles))
            raise InvalidError(f'nothing is judged by "{version.profile}"{near}; name the product that would be')


def _names(profile: Dated[str | None]) -> set[str | None]:
    return {name for _, name in profile.steps}
