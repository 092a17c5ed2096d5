"""What a source's entry says to formats that know their fields themselves: a few settings, and the time zone."""

from datetime import tzinfo

from domain.errors import InvalidError
from domain.units import CELSIUS, FAHRENHEIT, KELVIN, unit_of
from ingest.codecs.common.times import zone_of
from ingest.decoded import Source


def only(source: Source, *known: str) -> None:
    """Raise InvalidError for a mapping with anything but the known settings, or a time zone that is none."""
    for name in source.mapping:
        if name not in known:
            what = f"known: {', '.join(known)}" if known else f"the format {source.format} has none"
            raise InvalidError(f"unknown setting {name!r} in the mapping; {what}")
    zone(source)


def zone(source: Source) -> tzinfo | None:
    """Return the time zone of local times. Raises InvalidError for one that is none."""
    return zone_of(source.timezone) if source.timezone else None


def unit(source: Source) -> str:
    """Return the unit of temperatures that do not say theirs: C, F or K. Raises InvalidError for another."""
    said = source.mapping.get("unit")
    if said is None:
        return CELSIUS
    found = unit_of(said.removeprefix("=")) if isinstance(said, str) else ""
    if found not in (CELSIUS, FAHRENHEIT, KELVIN):
        raise InvalidError(f"unit in the mapping is no unit of temperature: {said!r}")
    return found
