"""Readings as they are judged: the readings of a sensor with its offsets (`domain.offsets`)."""

from collections.abc import Mapping, Sequence

from domain.model import Dated, Site
from domain.offsets import shifted
from rules.series.series import Past, Series

SeriesKey = tuple[str, str]


def offsets_of(site: Site) -> dict[SeriesKey, Dated[int]]:
    """Return the offsets of those sensors that have any, by sensor and quantity."""
    return {(name, what): offset for name, sensor in site.sensors.items() for what, offset in sensor.offsets.items()}


def as_judged(
    offset: Dated[int] | None,
    instants: Sequence[int],
    values: Sequence[int | None],
    past: Past | None = None,
    *,
    is_all: bool = True,
) -> Series:
    """Return the series of a sensor's readings, sorted by instant, with its offsets; `past` returns such too."""
    return Series(instants, values if offset is None else shifted(offset, instants, values), past, is_all=is_all)


def calibrated(site: Site, series: Mapping[SeriesKey, Series]) -> dict[SeriesKey, Series]:
    """Return the series of a site with the offsets of its sensors."""
    offsets = {key: offset for key, offset in offsets_of(site).items() if key in series}
    return {
        **series,
        **{key: as_judged(offset, series[key].times, series[key].values) for key, offset in offsets.items()},
    }
