"""The command line: `python -m simulators replay R.csv …`, `… scenario FILE …`; the demonstration is
`python -m simulators.demo`."""

import sys
import time
from pathlib import Path

import click

from simulators.errors import SimulatorError
from simulators.mqtt import Publisher, parse_address
from simulators.options import FILE, speed_of
from simulators.payload import Report, encode
from simulators.progress import Progress
from simulators.records import read_record
from simulators.replay import play_in_turn, shifted, shuffled, turns
from simulators.scenario.command import scenario


@click.group()
def cli() -> None:
    """Simulated gateways; they speak MQTT and know nothing else of the program."""


@cli.command()
@click.argument("record", metavar="R.csv", type=FILE)
@click.option(
    "--mqtt", "url", metavar="URL", required=True, help="The broker: mqtt://user:password@host:1883, mqtts://…"
)
@click.option("--topic", required=True, help="Where to publish.")
@click.option(
    "--speed",
    metavar="N|max",
    callback=speed_of,
    default="1",
    show_default=True,
    help="Times as fast as it was, or max.",
)
@click.option("--sensor", metavar="NAME", help="Whose record it is; for a logger's own file, which does not say so.")
@click.option("--device-column", default="sensor", show_default=True, help="The column that names the device.")
@click.option("--shuffle", metavar="SEED", type=int, help="Send in another order, the same for the same seed.")
@click.option("--shift-to-now", is_flag=True, help="Move all times so that the record ends in the present.")
@click.option("--ca-file", type=FILE, help="Certificates trusted for mqtts://; default: the system's.")
def replay(
    record: Path,
    url: str,
    topic: str,
    speed: float | None,
    sensor: str | None,
    device_column: str,
    shuffle: int | None,
    shift_to_now: bool,
    ca_file: Path | None,
) -> None:
    """Send a logger's record as `{"device", "temp", "rh", "ts"}` with QoS 1, and wait until all is acknowledged.

    R.csv has the columns sensor, measured_at and temperature or humidity; or it is a logger's own file with the columns
    timestamp_device_local and temperature_c. A fault is sent as null.
    """
    address = parse_address(url)
    reports = read_record(record, sensor, device_column)
    if shift_to_now:
        reports = shifted(reports, speed, time.time_ns() // 1000)
    if shuffle is not None:
        reports = shuffled(reports, shuffle)
    with Publisher(address, None if ca_file is None else str(ca_file)) as publisher:
        progress = Progress(publisher, len(reports), sys.stderr)

        def send(report: Report) -> None:
            publisher.publish(topic, encode(report))
            progress.show(report.at)

        with progress:
            play_in_turn(turns(reports, speed), send, time.monotonic, time.sleep)
            publisher.drain()


cli.add_command(scenario)


def main() -> None:
    """Run a command; exit 2 for wrong use or input, 1 if the broker does not take it, each with one sentence."""
    try:
        cli.main(prog_name="python -m simulators")
    except SimulatorError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
