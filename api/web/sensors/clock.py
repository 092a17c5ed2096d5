"""What a sensor's page says of its device's clock."""

from dataclasses import dataclass

from api.deps import View
from domain.clocks import Estimate
from rules.messages.clock import describe_clock, describe_zone
from store.device_clocks import LocalTime, estimates, local_times, site_zone


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """A device's clock: `words` say how far it is off (None: unknown).

    `topic` is that of the source that says no zone for its local times (None: it needs none), `zones` those they fit.
    """

    words: str | None
    is_off: bool
    topic: str | None
    zones: str | None


def clock_of(view: View, device: str) -> DeviceClock:
    """Return what is known of the clock of a device."""
    estimate: Estimate | None = estimates(view.connection, view.now, [device]).get(device)
    local: LocalTime | None = next((each for each in local_times(view.connection) if each.device == device), None)
    return DeviceClock(
        None if estimate is None else describe_clock(estimate),
        estimate is not None and estimate.is_off,
        None if local is None else local.topic,
        None if local is None else describe_zone(local.run.fitting, view.now, site_zone(view.connection)),
    )
