"""Units that were exposed at a problem's place although none of their own rules has fired."""

from collections.abc import Iterator

from api.deps import View
from api.reads.stored_at import stored_at
from api.web.frame.naming import UnitName
from api.web.problem.record import exposures_of, overlaps
from domain.model import Site
from domain.times import NEVER
from ledger.models.alert import Alert
from ledger.models.exposure import Exposure
from rules.subjects.places import Places


def exposed(view: View, alert: Alert) -> list[Exposure]:
    """Return the exposures of units that the alert does not name."""
    site = view.snapshot.site
    told = {lot.key for lot in alert.all_lots}
    there = set(_units(view, alert)) - told if alert.quantity else set()
    found = exposures_of(view, {name[:2] for name in there})
    return [each for each in found if each.key in there and overlaps(each, alert) and _is_alike(site, each, alert)]


def _units(view: View, alert: Alert) -> Iterator[UnitName]:
    """Yield the units that stood where the place's sensors speak, while the problem lasted."""
    spoken_for = set(_spoken_for(view.snapshot.site, alert))
    until = NEVER if alert.until is None else alert.until
    for stay in stored_at(view, alert.since, until, spoken_for):
        yield stay.product, stay.lot, stay.unit


def _spoken_for(site: Site, alert: Alert) -> Iterator[str]:
    places = Places(site)
    until = NEVER if alert.until is None else alert.until
    for location in site.locations:
        spans = places.speaking(location, alert.quantity)
        if any(s.place == alert.place and s.since <= until and s.until > alert.since for s in spans):
            yield location


def _is_alike(site: Site, exposure: Exposure, alert: Alert) -> bool:
    """Tell whether the rule of an exposure is about the same quantity and direction."""
    product = site.products.get(exposure.product)
    names = {name for _, _, name in product.profile.pieces() if name} if product else set()
    return any(
        (rule.condition.quantity or "", rule.condition.direction) == (alert.quantity, alert.direction)
        for name in names
        for version in site.profiles.get(name, ())
        for rule in version.rules
        if rule.id == exposure.rule
    )
