"""`python -m simulators scenario FILE`: a scenario played, its site file and its truth file written."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from simulators.api import Api
from simulators.mqtt import Publisher, parse_address
from simulators.options import FILE, NEW_FILE, instant_of, speed_of
from simulators.progress import Progress
from simulators.records import write_record
from simulators.scenario.file import read_scenario
from simulators.scenario.performance import Performance, begins
from simulators.scenario.play import perform
from simulators.times import SECOND


@click.command()
@click.argument("file", metavar="FILE", type=FILE)
@click.option("--mqtt", "url", metavar="URL", help="Send its messages to this broker: mqtt://user:password@host:1883.")
@click.option("--api", "address", metavar="HOST:PORT", help="Tell its moves of stock to the program at this address.")
@click.option("--token-file", type=FILE, help="A file with the API token to tell them with.")
@click.option(
    "--speed",
    metavar="N|max",
    callback=speed_of,
    default="max",
    show_default=True,
    help="Times as fast as real, or max.",
)
@click.option("--start", metavar="TIME", callback=instant_of, help="When it begins; default: so that it ends now.")
@click.option("--site", "site_out", type=NEW_FILE, help="Write its site file here, times filled in.")
@click.option("--truth", "truth_out", type=NEW_FILE, help="Write here what must be found, as JSON.")
@click.option("--readings", "record_out", type=NEW_FILE, help="Write what is said here, as a record (R.csv).")
@click.option("--until", metavar="TIME", callback=instant_of, help="The truth's present instant; default: its end.")
@click.option("--ca-file", type=FILE, help="Certificates trusted for mqtts://; default: the system's.")
def scenario(
    file: Path,
    url: str | None,
    address: str | None,
    token_file: Path | None,
    speed: float | None,
    start: int | None,
    site_out: Path | None,
    truth_out: Path | None,
    record_out: Path | None,
    until: int | None,
    ca_file: Path | None,
) -> None:
    """Play a scenario: physics, gateways, faults and moves of stock, described in FILE (docs/simulators.md).

    With --site, --truth and --readings alone nothing is sent.
    """
    if address and not token_file:
        raise click.UsageError("--api needs --token-file")
    now = time.time_ns() // 1000
    described = read_scenario(file)
    performance = Performance(described, begins(described, speed, now) if start is None else start)
    if site_out:
        site_out.write_text(performance.site_text, encoding="utf-8")
    if record_out:
        write_record(record_out, (said for sent in performance.sent for said in sent.says))
    if truth_out:
        end = performance.start + described.lasts * SECOND if until is None else until
        arrives = _arrivals(speed, now)
        truth_out.write_text(performance.truth(performance.sent, end, arrives), encoding="utf-8")
    with ExitStack() as stack:
        api = address and token_file and stack.enter_context(Api(address, token_file.read_text().strip()))
        if not url:
            perform(performance, None, api or None, speed, lambda at: None)
            return
        ca = None if ca_file is None else str(ca_file)
        publisher = stack.enter_context(Publisher(parse_address(url), ca))
        progress = stack.enter_context(Progress(publisher, len(performance.sent), sys.stderr))
        perform(performance, publisher, api or None, speed, progress.show)


def _arrivals(speed: float | None, now: int) -> Callable[[int], int]:
    """Return when what is sent at a second of the scenario arrives."""
    return lambda second: now if speed is None else now + round(second * SECOND / speed)
