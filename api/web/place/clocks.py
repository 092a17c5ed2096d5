"""What the page of a place says of devices whose clock is wrong: ages and times are those of that clock."""

from markupsafe import Markup

from api.deps import View
from api.web.frame.sentences import say
from api.web.place.read import PlaceFound
from rules.messages.clock import describe_clock
from store.device_clocks import estimates


def wrong_clocks(view: View, found: PlaceFound) -> list[tuple[Markup, str]]:
    """Return a sentence for each sensor of the place whose device has a wrong clock, with its tone."""
    known = estimates(view.connection, view.now, sorted({row.device for row in found.sensors}))
    off = [(row.id, each) for row in found.sensors if (each := known.get(row.device)) is not None and each.is_off]
    return [(say("place.wrong_clock", sensor=id, clock=describe_clock(each)), "warn") for id, each in off]
