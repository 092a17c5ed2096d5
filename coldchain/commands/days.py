"""`coldchain days`: the days of a file of readings as a logger prints its own, to be laid beside them."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coldchain.commands.judge import FILE, read_input
from coldchain.stock_files import present
from domain.errors import InvalidError
from domain.model import QUANTITIES, Site
from domain.times import datetime_of, instant_of
from rules.batch_judge import series_of
from rules.days import days
from rules.series.calibrated import calibrated
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Whereabouts
from sites.rows import Rows


@click.command()
@click.option("--site", "site_file", type=FILE, required=True, help="Site file (YAML).")
@click.option("--readings", "readings_file", type=FILE, required=True, help="CSV: sensor,measured_at,temperature,…")
@click.option("--until", metavar="T", help="Evaluate up to this time; default: the last measured_at.")
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of the days, e.g. Europe/Berlin.")
@click.option("--json", "as_json", is_flag=True, help="JSON on a terminal too; elsewhere it is always JSON.")
def command(site_file: Path, readings_file: Path, until: str | None, timezone: str, as_json: bool) -> None:
    """Print every day of the locations with a profile as a logger prints it: extremes, means, time outside, alarms."""
    zone = _zone(timezone)
    site, rows, instant = read_input(site_file, readings_file, until, present(None))
    found = list(of_places(site, rows, instant, zone))
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        show(found, Console())


def of_places(site: Site, rows: Rows, until: int, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Yield every day of every place that has a profile, from its first reading on, and then the whole (`day` null)."""
    series = calibrated(site, series_of(rows, until)[0])
    if not series:
        return
    cuts = _midnights(min(each.times[0] for each in series.values()), until, zone)
    places, nothing = Places(site), Series()
    whereabouts = Whereabouts(site, places)
    timelines = Timelines(places, lambda sensor, quantity: series.get((sensor, quantity), nothing))
    for location in sorted(site.locations):
        subject = whereabouts.location(location)
        if subject.versions and subject.watch[0] <= until:
            for number, found in enumerate(days(SubjectEvidence(subject, timelines, until), cuts)):
                is_day = number < len(cuts) - 1
                day = datetime_of(cuts[number]).astimezone(zone).date().isoformat() if is_day else None
                yield {"location": found.pop("location"), "day": day, **found}


def _midnights(first: int, until: int, zone: ZoneInfo) -> list[int]:
    """Return the midnights before, between and after, the last one being the present instant instead."""
    midnight = datetime_of(first).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    cuts = []
    while instant_of(midnight) < until:
        cuts.append(instant_of(midnight))
        midnight = (midnight + timedelta(days=1)).replace(hour=0)
    return [*cuts, until]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidError(f"--timezone: no time zone {name!r}") from error


def show(found: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print a table: a line for each place, day and quantity."""
    table = Table(box=None, pad_edge=False)
    columns = (
        "location",
        "day",
        "quantity",
        "readings",
        "minimum",
        "maximum",
        "mean",
        "mkt",
        "minutes outside",
        "fired",
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for each in found:
        outside = ", ".join(f"{rule} {minutes:g}" for rule, minutes in each["outside_minutes"].items() if minutes)
        fired = ", ".join(f"{f['rule']} {f['at']}" for f in each["fired"])
        for quantity in QUANTITIES:
            if said := each.get(quantity):
                numbers = (said["readings"], said["minimum"], said["maximum"], said["mean"], said.get("mkt"))
                cells = (each["location"], each["day"] or "whole", quantity, *map(_shown, numbers), outside, fired)
                table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")
