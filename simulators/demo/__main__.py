"""The command: `python -m simulators.demo`, which `make run` calls."""

import json
import re
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from simulators.demo.expected import expected
from simulators.demo.play import play, present
from simulators.demo.product import SITE, START
from simulators.errors import InputError, SimulatorError
from simulators.scenario.site import describe
from simulators.times import parse_time

_UNITS = {"s": 1, "min": 60, "h": 3600}


def _seconds(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+)(s|min|h)", value)
    if match is None or int(match[1]) == 0:
        raise click.BadParameter(f"{value!r} is no duration such as 150s or 10min")
    return float(match[1]) * _UNITS[match[2]]


@click.command()
@click.option(
    "--for", "lasts_s", metavar="DURATION", callback=_seconds, help="End by itself; exit 1 if no hold was seen."
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=".build/demo",
    show_default=True,
    help="Where its data are kept until the next start.",
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what must be so by now of the stock of the demonstration that runs in the directory, and end.",
)
def command(lasts_s: float | None, directory: Path, truth: Path | None) -> None:
    """Show everything on a simulated site: start the program, send the last 24 hours, go on in real time.

    Ctrl-C stops it.
    """
    if truth is not None:
        truth.write_text(_truth(directory), encoding="utf-8")
        return
    signal.signal(signal.SIGTERM, _interrupt)
    seen = play(directory, lasts_s)
    if lasts_s is not None and not seen:
        print(f"no hold was seen within {lasts_s:g} s", file=sys.stderr)
        sys.exit(1)


def _truth(directory: Path) -> str:
    try:
        site, start = (directory / name for name in (SITE, START))
        found = expected(describe(site.read_text(encoding="utf-8")), parse_time(start.read_text()), present())
    except OSError as error:
        raise InputError(f"no demonstration has run in {directory}: {error.strerror}: {error.filename}") from None
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run it; what goes wrong is one sentence."""
    try:
        command.main(prog_name="python -m simulators.demo")
    except SimulatorError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
