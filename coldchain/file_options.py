"""How a file of readings is, where it is no plain one: the options that `judge`, `days` and `import readings` share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from domain.errors import InvalidError
from domain.units import unit_of
from sites.tables.form import DATE_ORDERS, FORMATS, Form, read_columns
from sites.tables.moments import zone_named

_TAB = ("tab", "\\t", "\t")


def _delimiter(text: str | None) -> str | None:
    if text is None or len(text) == 1:
        return text
    if text in _TAB:
        return "\t"
    raise InvalidError(f"--delimiter: not one sign: {text!r}; e.g. ';' or tab")


def _checked(name: str, check: Callable[[str], Any], text: str | None) -> Any:
    if text is None:
        return None
    try:
        return check(text)
    except InvalidError as error:
        raise InvalidError(f"--{name}: {error}") from error


def file_options() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds the options to a command, which gets them as `form`."""
    options = (
        click.option("--format", "format_", type=click.Choice(list(FORMATS)), help=f"csv: {FORMATS['csv']} (the "
                     f"default); logger: {FORMATS['logger']}; hobo: {FORMATS['hobo']}."),
        click.option("--delimiter", metavar="SIGN", help="What separates columns: , ; | or tab."),
        click.option("--decimal", type=click.Choice([".", ","]), help="The decimal sign."),
        click.option("--encoding", metavar="NAME", help="e.g. utf-16 or cp1252."),
        click.option("--timezone", "zone", metavar="ZONE", help="Of times without a zone: Europe/Berlin, UTC, +01:00."),
        click.option("--unit", metavar="UNIT", help="C, F or K, where the heading does not say it."),
        click.option("--columns", metavar="ROLE=NAME,…", help="time=…,temperature=…,humidity=…,sensor=…: their names."),
        click.option("--sensor", metavar="ID", help="The sensor that all readings are of."),
        click.option("--skip", type=click.IntRange(0), metavar="N", help="Lines before the column names."),
        click.option("--date-order", type=click.Choice(list(DATE_ORDERS)), help="Order of day, month and year; excel: "
                     "a number of days."),
    )  # fmt: skip

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            form = Form(
                format=given.pop("format_"),
                delimiter=_delimiter(given.pop("delimiter")),
                decimal=given.pop("decimal"),
                encoding=given.pop("encoding"),
                timezone=given.pop("zone"),
                unit=given.pop("unit"),
                columns=_checked("columns", read_columns, given.pop("columns")) or {},
                sensor=given.pop("sensor"),
                skip=given.pop("skip"),
                date_order=given.pop("date_order"),
            )
            _checked("unit", unit_of, form.unit)
            _checked("timezone", zone_named, form.timezone)
            command(form=form, **given)

        for option in reversed(options):
            run = option(run)
        return run

    return decorated
