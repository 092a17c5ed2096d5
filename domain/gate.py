"""What a sensor can say: its measuring range, and the numbers within it that mean a fault.

One rule for every door (messages, files, `decode`, `judge`): a number that the gate of its sensor does not let through
is a fault with a name, at its instant. It depends on this reading alone, so no order of readings matters. Which model a
sensor is of says which gate it has (`domain.sensor_models`); one that says nothing has the gate here: it stops
nothing but numbers that electronics give instead of a value. Values are integers of 10⁻⁶ °C or % relative humidity.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.faults import Fault
from domain.numbers import SCALE, parse_value


def numbers(texts: str, fault: Fault) -> dict[int, Fault]:
    """Return numbers, given as texts with blanks between, that mean a fault."""
    return {parse_value(text): fault for text in texts.split()}


# What chips and their drivers give in °C, before a device converts it.
CHIP_NUMBERS: Mapping[int, Fault] = {
    **numbers("-127", Fault.NO_ANSWER),  # DallasTemperature's DEVICE_DISCONNECTED_C
    **numbers("85", Fault.POWER_ON),  # DS18B20: the scratchpad before the first conversion
    **numbers("-45 130", Fault.OPEN_CIRCUIT),  # SHT3x, SHT4x: a bus that says only 0 or only 1
    **numbers("-46.85 128.87", Fault.OPEN_CIRCUIT),  # SHT2x, Si7021, HTU21D: the same
    **numbers("-242.02", Fault.SHORT_CIRCUIT),  # MAX31865: a PT100 or PT1000 of 0 ohms
    **numbers("988.79", Fault.OPEN_CIRCUIT),  # MAX31865: one without end
    **numbers("-163.84", Fault.NOT_A_MEASUREMENT),  # 0x8000 in steps of 0.005 °C
}
# What stands in a word of 8 or 16 bits when nothing was measured, in the steps that devices use.
_WORDS = "255 25500 327.67 -327.68 3276.7 -3276.8 32767 -32768 655.35 6553.5 65535 655.34 6553.4 65534"
# What devices send as a word for "no value".
_ERRORS = "999 999.9 -999 -999.9 9999 -9999 99999 -99999 998 -9999.9 9999.9"
DEVICE_NUMBERS: Mapping[int, Fault] = numbers(_WORDS, Fault.NOT_A_MEASUREMENT) | numbers(_ERRORS, Fault.ERROR_NUMBER)
# They are no temperatures whatever the range: a real one hits these hundredths hardly ever.
_ALWAYS = frozenset(numbers("327.67 -327.68 655.35", Fault.NOT_A_MEASUREMENT))

ABSOLUTE_ZERO = -273_150_000
# Beyond any sensor of anything; what is larger is no measurement.
LARGEST = 3_000 * SCALE


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets `low` … `high` through, but for the numbers in `faults`."""

    low: int
    high: int
    faults: Mapping[int, Fault]

    def fault(self, value: int) -> Fault | None:
        """Return why a number is no value; None if it is one."""
        if value in self.faults:
            return self.faults[value]
        if self.low <= value <= self.high:
            return None
        if value <= ABSOLUTE_ZERO or value > LARGEST:
            return Fault.IMPOSSIBLE
        return Fault.BELOW_RANGE if value < self.low else Fault.ABOVE_RANGE


_KNOWN: Mapping[str, Mapping[int, Fault]] = {
    "temperature": {**DEVICE_NUMBERS, **CHIP_NUMBERS},
    "humidity": {**DEVICE_NUMBERS, **numbers("-6 119", Fault.OPEN_CIRCUIT)},  # SHT: only 0 or only 1
}
# For sensors of which nothing is known. Near saturation they say a little more than 100 %.
PRESETS: Mapping[str, Gate] = {
    "temperature": Gate(ABSOLUTE_ZERO + 1, 400 * SCALE - 1, _KNOWN["temperature"]),
    "humidity": Gate(0, 110 * SCALE, _KNOWN["humidity"]),
}


def gate_between(quantity: str, low: int, high: int, own: Mapping[int, Fault]) -> Gate:
    """Return the gate of a sensor with this range; `own` are the numbers by which its model says a fault.

    Of the numbers that others say for a fault, those in the range are values here, and those outside keep their names.
    """
    known = _KNOWN[quantity].items()
    return Gate(low, high, {n: fault for n, fault in known if not low <= n <= high or n in _ALWAYS} | dict(own))
