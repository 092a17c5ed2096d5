"""The demonstration's scenario, laid so that its history ends just after the program is started."""

from pathlib import Path

from simulators.scenario.file import read_scenario
from simulators.scenario.performance import Performance
from simulators.times import HOUR, SECOND, to_whole_second

FILE = Path(__file__).with_name("depot.yaml")
HISTORY = 24 * HOUR
# The program needs so long to start: "now" of the scenario is when a person may first see it.
STARTING = 12 * SECOND


def depot(now: int, receiver: str, secret_file: Path) -> Performance:
    """Return the scenario for a program that is started at this instant; its alerts go to the address `receiver`,
    signed with what is in the file.
    """
    start = to_whole_second(now) + STARTING - HISTORY
    return Performance(read_scenario(FILE), start, receiver=receiver, secret_file=str(secret_file))
