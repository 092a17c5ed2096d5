"""What commands' options have in common."""

import math
from pathlib import Path

import click

from simulators.times import parse_time

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def speed_of(context: click.Context, option: click.Parameter, value: str) -> float | None:
    """Return the factor, None for `max`."""
    if value == "max":
        return None
    try:
        factor = float(value)
    except ValueError:
        factor = math.nan
    if not 0 < factor < math.inf:
        raise click.BadParameter(f"{value!r} is neither a number above 0 nor the word max")
    return factor


def instant_of(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Return the instant of an RFC 3339 time."""
    try:
        return None if value is None else parse_time(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
