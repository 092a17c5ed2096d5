"""What common sensors can say: measuring range, resolution, and the numbers by which they say a fault.

From their data sheets (named beside each), for the gate of `domain.gate`. The range is what the electronics can give
and the maker lets it be used in, not where it is accurate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidError
from domain.faults import Fault
from domain.gate import PRESETS, Gate, gate_between, numbers
from domain.numbers import parse_value

_NO_NUMBERS: Mapping[int, Fault] = {}


@dataclass(frozen=True, slots=True)
class Spec:
    """One quantity of a model: its range and resolution in 10⁻⁶ of the unit (0: the device's, not the chip's)."""

    low: int
    high: int
    resolution: int
    faults: Mapping[int, Fault]


@dataclass(frozen=True, slots=True)
class SensorModel:
    """A sensor one can buy. `quantities`: what it measures."""

    name: str
    quantities: Mapping[str, Spec] = field(default_factory=dict)


def _spec(low: str, high: str, step: str, faults: Mapping[int, Fault]) -> Spec:
    return Spec(parse_value(low), parse_value(high), parse_value(step), faults)


def _thermometer(name: str, low: str, high: str, step: str, faults: Mapping[int, Fault] = _NO_NUMBERS) -> SensorModel:
    return SensorModel(name, {"temperature": _spec(low, high, step, faults)})


def _hygrometer(
    name: str, low: str, high: str, step: str, step_rh: str, faults: Mapping[int, Fault] = _NO_NUMBERS
) -> SensorModel:
    humidity = _spec("0", "100", step_rh, _NO_NUMBERS)
    return SensorModel(name, {"temperature": _spec(low, high, step, faults), "humidity": humidity})


_DALLAS = numbers("85", Fault.POWER_ON) | numbers("-127", Fault.NO_ANSWER)
_SHT3 = numbers("-45 130", Fault.OPEN_CIRCUIT)
_SHT2 = numbers("-46.85 128.87", Fault.OPEN_CIRCUIT)
_RTD = numbers("-242.02", Fault.SHORT_CIRCUIT) | numbers("988.79", Fault.OPEN_CIRCUIT)

MODELS: Mapping[str, SensorModel] = {
    # Maxim/Analog DS18B20: -55…125 °C, 9 to 12 bits; power-on value 85 °C
    "ds18b20": _thermometer("DS18B20", "-55", "125", "0.0625", _DALLAS),
    "ds18s20": _thermometer("DS18S20", "-55", "125", "0.5", _DALLAS),
    # Aosong: DHT11 -20…60 °C, AM2302/DHT22 -40…80 °C
    "dht11": _hygrometer("DHT11", "-20", "60", "0.1", "1"),
    "dht22": _hygrometer("DHT22", "-40", "80", "0.1", "0.1"),
    "am2302": _hygrometer("AM2302", "-40", "80", "0.1", "0.1"),
    "am2301": _hygrometer("AM2301", "-40", "80", "0.1", "0.1"),
    "aht10": _hygrometer("AHT10", "-40", "85", "0.01", "0.024", numbers("-50 150", Fault.OPEN_CIRCUIT)),
    "aht20": _hygrometer("AHT20", "-40", "85", "0.01", "0.024", numbers("-50 150", Fault.OPEN_CIRCUIT)),
    # Sensirion
    "sht1x": _hygrometer("SHT1x", "-40", "123.8", "0.01", "0.05"),
    "sht2x": _hygrometer("SHT2x", "-40", "125", "0.01", "0.04", _SHT2),
    "sht3x": _hygrometer("SHT3x", "-40", "125", "0.01", "0.01", _SHT3),
    "sht4x": _hygrometer("SHT4x", "-40", "125", "0.01", "0.01", _SHT3),
    "shtc3": _hygrometer("SHTC3", "-40", "125", "0.01", "0.01", _SHT3),
    # Silicon Labs Si7021, TE HTU21D: the transfer function of the SHT2x
    "si7021": _hygrometer("Si7021", "-40", "125", "0.01", "0.025", _SHT2),
    "htu21d": _hygrometer("HTU21D", "-40", "125", "0.01", "0.04", _SHT2),
    # Texas Instruments: HDC raw 0 is -40 °C; TMP117 is -256 °C until it has measured
    "hdc1080": _hygrometer("HDC1080", "-40", "125", "0.01", "0.01", numbers("-40", Fault.OPEN_CIRCUIT)),
    "tmp117": _thermometer("TMP117", "-55", "150", "0.0078", numbers("-256", Fault.POWER_ON)),
    # Bosch
    "bmp280": _thermometer("BMP280", "-40", "85", "0.01"),
    "bme280": _hygrometer("BME280", "-40", "85", "0.01", "0.008"),
    "bme680": _hygrometer("BME680", "-40", "85", "0.01", "0.008"),
    "mcp9808": _thermometer("MCP9808", "-40", "125", "0.0625"),
    "lm35": _thermometer("LM35", "-55", "150", "0"),
    "tmp36": _thermometer("TMP36", "-40", "125", "0"),
    # Resistance thermometers (IEC 60751) and thermocouples (IEC 60584): the range of the element
    "pt100": _thermometer("PT100", "-200", "850", "0", _RTD),
    "pt1000": _thermometer("PT1000", "-200", "850", "0", _RTD),
    "ntc": _thermometer("NTC thermistor", "-80", "300", "0"),
    "thermocouple-t": _thermometer("thermocouple type T", "-270", "400", "0"),
    "thermocouple-k": _thermometer("thermocouple type K", "-270", "1372", "0"),
    "thermocouple-j": _thermometer("thermocouple type J", "-210", "1200", "0"),
    "thermocouple-n": _thermometer("thermocouple type N", "-270", "1300", "0"),
    # Devices, by what their electronics can give
    "ruuvitag": _hygrometer("RuuviTag", "-40", "85", "0.005", "0.0025"),
    "lywsd03mmc": _hygrometer("Xiaomi LYWSD03MMC", "-40", "125", "0.01", "0.01", _SHT3),
    "lht65n": _hygrometer("Dragino LHT65N", "-55", "125", "0.01", "0.1", _DALLAS),
    "em300": _hygrometer("Milesight EM300", "-30", "70", "0.1", "0.5"),
    "ers": _hygrometer("Elsys ERS", "-40", "85", "0.1", "1"),
    # What is none of these: every number that a thermometer can have is a temperature, unless `range` says otherwise
    "other": _hygrometer("other", "-273.149999", "3000", "0", "0"),
}
# What they are called, too.
_ALIASES = {
    **dict.fromkeys(("sht20", "sht21", "sht25"), "sht2x"),
    **dict.fromkeys(("sht30", "sht31", "sht35"), "sht3x"),
    **dict.fromkeys(("sht40", "sht41", "sht43", "sht45"), "sht4x"),
    **dict.fromkeys(("sht10", "sht11", "sht15"), "sht1x"),
    **dict.fromkeys(("ruuvi", "ruuvi tag"), "ruuvitag"),
    **dict.fromkeys(("thermistor", "ntc thermistor"), "ntc"),
    **{f"type-{letter}": f"thermocouple-{letter}" for letter in "tkjn"},
    "lywsd03": "lywsd03mmc",
    "lht65": "lht65n",
    "em300-th": "em300",
}


def known_models() -> list[str]:
    """Return the names of all models, sorted."""
    return sorted(MODELS)


def model_named(text: str) -> str:
    """Return the name here of what people call a model (`DS18B20`, `SHT31`). Raises InvalidError naming the known."""
    word = text.strip().casefold()
    name = _ALIASES.get(word, word)
    if name not in MODELS:
        raise InvalidError(f"unknown model {text!r}; known: {', '.join(known_models())}")
    return name


def model_of(name: str) -> SensorModel:
    """Return a model. Raises InvalidError naming the known ones."""
    return MODELS[model_named(name)]


def gate_for(quantity: str, model: str | None, span: tuple[int, int] | None) -> Gate:
    """Return the gate of a quantity of a sensor of a model (None: nobody says which), with a range of its own or not.

    Raises InvalidError for a model that is not known.
    """
    preset = PRESETS[quantity]
    spec = None if model is None else model_of(model).quantities.get(quantity)
    if spec is None:
        return preset if span is None else Gate(*span, preset.faults)
    high = max(spec.high, preset.high) if quantity == "humidity" else spec.high  # they say a little more than 100 %
    return gate_between(quantity, *(span or (spec.low, high)), spec.faults)
