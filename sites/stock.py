"""What movements and questions may name of a site, and the site whose units movements make."""

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from batches.names import Names
from batches.stays import placements
from batches.stock import Stock
from domain.model import BatchKey, Site
from sites.schema import Entry


def names_of(site: Site, entries: Iterable[Entry]) -> Names:
    """Return the names of a site; `entries` are those it is built from, which say its time zone."""
    zone = next((entry.doc["timezone"] for entry in entries if entry.kind == "site"), "UTC")
    return Names(site.products, site.batches, site.locations, site.parties, _placed(site), ZoneInfo(zone))


def _placed(site: Site) -> dict[BatchKey, str]:
    """Return the lots whose units the site itself tells of, each with how."""
    found = {(placement.product, placement.lot): "has placements" for placement in site.placements}
    for key, batch in site.batches.items():
        if batch.parents:
            found.setdefault(key, "has parents")
        for parent in batch.parents:
            found.setdefault((parent.product, parent.lot), "is a parent of another")
    return found


def with_stock(site: Site, stock: Stock) -> Site:
    """Return the site with the placements that movements make beside its own."""
    return replace(site, placements=(*site.placements, *placements(stock)))
