"""What is known of a device's clock, in words."""

from datetime import tzinfo

from domain.clocks import Estimate, proposed
from domain.language import gettext
from rules.messages.words import duration


def describe_clock(estimate: Estimate) -> str:
    """Return e.g. `40 min behind (± 3 s, 12 live messages)`."""
    spread = max(estimate.high - estimate.ahead, estimate.ahead - estimate.low)
    said = {"length": duration(abs(estimate.ahead)), "spread": duration(spread), "count": estimate.messages}
    if not estimate.messages:
        side = gettext("{length} ahead", **said) if estimate.ahead > 0 else gettext("{length} behind", **said)
        return gettext("{side} (± {spread})", side=side, **said)
    if estimate.ahead > 0:
        return gettext("{length} ahead (± {spread}, {count} live messages)", **said)
    return gettext("{length} behind (± {spread}, {count} live messages)", **said)


def describe_zone(ahead: int, now: int, site: tzinfo) -> str | None:
    """Return the zones that local times fit, e.g. `Europe/Berlin or UTC+01:00`; None if they fit none."""
    zones = proposed(ahead, now, site)
    return gettext("{first} or {last}", first=zones[0], last=zones[1]) if len(zones) > 1 else next(iter(zones), None)
