"""Files of movements and of questions about them, as the commands take them."""

import time
from pathlib import Path

from batches.form import read_movements
from batches.history import History, history
from batches.names import Names
from domain.errors import Refused
from domain.model import Site
from domain.times import parse_instant
from sites.stock import with_stock


def present(text: str | None) -> int:
    """Return the instant of `--now`, or the present one. Raises InvalidError for what is no instant."""
    return time.time_ns() // 1000 if text is None else parse_instant(text)


def present_of_readings(text: str | None) -> int:
    """Return the instant after which readings are from the future: the clock's, or a later one of `--now`."""
    return max(present(None), present(text))


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file. Raises Refused, naming the line, for what is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused([f"{path.name}:{line}: not UTF-8: byte {data[error.start]:#04x}"]) from error


def read_history(path: Path, names: Names, now: int) -> History:
    """Return what happened by a file of movements.

    Raises Refused with the first line of wrong form, or else the first void that cannot be.
    """
    return history(read_movements(lines_of(path), names, path.name), now, path.name)


def site_with_movements(site: Site, path: Path, names: Names, now: int, until: int) -> Site:
    """Return the site with the units that the movements of a file had made by an instant; the file is checked whole."""
    happened = read_history(path, names, now)
    site = with_stock(site, happened.until(until))
    happened.all()
    return site
