"""What is measured, before anybody has spoken of it."""

from typing import NamedTuple


class Sample(NamedTuple):
    """What a probe shows at a second of the scenario.

    A value is the text of a decimal number; None: it says that it has none (a fault); "": it measures no such thing.
    """

    second: int
    device: str
    probe: str  # "" where the device has one
    temperature: str | None  # °C
    humidity: str | None = ""

    def only(self, quantity: str) -> "Sample":
        """Return it without the other quantity."""
        return self._replace(humidity="") if quantity == "temperature" else self._replace(temperature="")


class Packet(NamedTuple):
    """What a gateway sends at once, and when."""

    send: int
    samples: tuple[Sample, ...]
