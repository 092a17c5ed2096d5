"""What happens at the demo site, on a clock of its own: a day of quiet work, then the cold room's compressor fails.

The clock counts whole seconds; `Story.warm_since` is the first reading above the limit after the failure, and whoever
plays the story lays that instant where it is wanted. All chance is seeded: the story is the same every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simulators.thermal import STEP_S, Build, Chamber, Probe, Surroundings

HOUR_S = 3600
INTERVAL_S = 30
LIMIT = 8.0
# Long enough before for 24 hours of history that begin when all has settled.
FAILS_AT_S = 26 * HOUR_S
REPAIRED_AFTER_S = 75 * 60

HALL = Surroundings(mean=19.5, swing=2.0, dew_point=9.0)
OUTSIDE = Surroundings(mean=15.0, swing=6.0, dew_point=8.0)

BUILDS = {
    "HALL": Build(set_point=None, air=6e6, stock=4e7, leak=900.0, exchange=400.0),
    "COLD-1": Build(
        set_point=5.0, air=3e5, stock=2.1e6, leak=38.0, exchange=80.0, cooling=1500.0, doors_a_day=14, door_s=(20, 120)
    ),
    "FREEZER-1": Build(
        set_point=-22.0, hysteresis=1.0, air=2.5e5, stock=1.5e6, leak=20.0, exchange=60.0, cooling=2200.0, doors_a_day=4
    ),
    "TRUCK-1": Build(
        set_point=4.5, air=1.5e5, stock=9e5, leak=30.0, exchange=50.0, cooling=1800.0, doors_a_day=8, door_s=(120, 420)
    ),
}


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor of the site: which chamber it hangs in and how it differs from the air there."""

    name: str
    chamber: str
    offset: float = 0.0
    humid: bool = False


DEVICES = (
    Device("hall-door", "HALL", humid=True),
    Device("cold-1-door", "COLD-1", 0.4, humid=True),
    Device("cold-1-middle", "COLD-1", 0.0, humid=True),
    Device("cold-1-evaporator", "COLD-1", -0.5),
    Device("freezer-1-top", "FREEZER-1", 0.6),
    Device("freezer-1-bottom", "FREEZER-1", -0.4),
    Device("truck-1-front", "TRUCK-1", -0.2, humid=True),
    Device("truck-1-rear", "TRUCK-1", 0.3, humid=True),
)


class Sample(NamedTuple):
    """What a device shows at a second of the story; humidity "" where it measures none."""

    second: int
    device: str
    temperature: str
    humidity: str


class Story:
    """Tells its samples in order, without end."""

    def __init__(self, seed: int = 1) -> None:
        self.warm_since: int | None = None
        self._chambers = {
            name: Chamber(build, OUTSIDE if name == "TRUCK-1" else HALL, seed + i)
            for i, (name, build) in enumerate(BUILDS.items())
        }
        self._probes = [
            Probe(self._chambers[device.chamber], 100 * seed + i, device.offset) for i, device in enumerate(DEVICES)
        ]
        self._samples = self._tell()

    def __iter__(self) -> Iterator[Sample]:
        return self._samples

    def _tell(self) -> Iterator[Sample]:
        second = 0
        while True:
            self._chambers["COLD-1"].works = self._compressor_works(second)
            for chamber in self._chambers.values():
                chamber.step(second)
            second += STEP_S
            for number, (device, probe) in enumerate(zip(DEVICES, self._probes, strict=True)):
                probe.step()
                if (second - STEP_S * number) % INTERVAL_S == 0:
                    yield self._sample(second, device, probe)

    def _sample(self, second: int, device: Device, probe: Probe) -> Sample:
        temperature = probe.temperature()
        if (
            self.warm_since is None
            and second >= FAILS_AT_S
            and device.chamber == "COLD-1"
            and float(temperature) > LIMIT
        ):
            self.warm_since = second
        return Sample(second, device.name, temperature, probe.humidity() if device.humid else "")

    def _compressor_works(self, second: int) -> bool:
        return second < FAILS_AT_S or (self.warm_since is not None and second >= self.warm_since + REPAIRED_AFTER_S)
