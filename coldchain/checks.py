"""What `coldchain doctor` looks at: each check is a function that finds one thing and changes nothing."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from coldchain.addresses import redacted
from coldchain.settings import Settings
from domain.clocks import OFF
from domain.errors import ColdchainError
from domain.notices import about, weight
from domain.readings import EXPLAINED
from domain.times import DAY, MINUTE, SECOND, format_instant
from ingest import codecs
from rules.messages.clock import describe_clock, describe_zone
from rules.messages.words import duration
from store.database import is_unreadable, open_database
from store.device_clocks import count_unplaced, estimates, local_times, site_zone
from store.forward import lag
from store.notices import fresh_devices, totals
from store.schema import is_current
from store.state import count_dead_letters, count_parked_points, load_entries
from store.tables import audit, journal, outbox

State = Literal["ok", "note", "fail"]

LEAST_DISK = 1 << 30
LITTLE_DISK = 5 << 30
CLOCK_TOLERANCE = MINUTE
CLOCK_SET_TOLD = 7 * DAY  # for so long it is told that the clock was set
LATE = 5 * MINUTE
_NAMED = 5  # devices in a line


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; only `fail` makes the doctor say no."""

    name: str
    state: State
    text: str


def check_disk(folder: Path) -> Finding:
    """Free space where files are kept."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    state: State = "fail" if free < LEAST_DISK else "note" if free < LITTLE_DISK else "ok"
    return Finding("disk", state, f"{free / (1 << 30):.1f} GiB free in {folder}")


def check_database(url: str, look: Callable[[Connection], Iterable[Finding]]) -> Iterator[Finding]:
    """Whether the database answers, and what is to be seen in it."""
    file = make_url(url).database
    if url.startswith("sqlite") and not Path(file or "").exists():
        yield Finding("database", "note", f"{url} does not exist yet; the first start creates it")
        return
    database = open_database(url)
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
            yield Finding("database", "ok", f"{database.shown_url} answers")
            yield from look(connection)
    except ColdchainError as error:
        yield Finding("database", "fail", str(error))
    except DBAPIError as error:
        if not is_unreadable(error):
            raise
        yield Finding("database", "fail", f"{database.shown_url} cannot be used: {error.orig}")
    finally:
        database.close()


def look_into(
    engine_runs: Callable[[], bool], uses_influx: bool, now: int
) -> Callable[[Connection], Iterator[Finding]]:
    """Return the checks that read the database."""

    def look(connection: Connection) -> Iterator[Finding]:
        if not is_current(connection):
            yield Finding(
                "migrations", "fail", "the schema is not this version's; `coldchain run` or `work` migrates it"
            )
            return
        yield Finding("migrations", "ok", "the schema is this version's")
        yield check_engine(engine_runs)
        yield check_clock(connection, now)
        yield check_sources(connection)
        yield check_dead_letters(connection)
        yield check_device_clocks(connection, now)
        yield from check_local_times(connection, now)
        yield check_unplaced(connection)
        yield check_notices(connection)
        yield check_deliveries(connection, now)
        if uses_influx:
            yield check_forwarding(connection, now)

    return look


def check_engine(runs: Callable[[], bool]) -> Finding:
    """Whether anybody hears and judges."""
    if runs():
        return Finding("engine", "ok", "running")
    return Finding("engine", "fail", "not running: start `coldchain run` or `coldchain ingest`")


def check_clock(connection: Connection, now: int) -> Finding:
    """Whether this machine's clock agrees with the newest record and with the database server."""
    newest = connection.scalar(select(journal.c.at).order_by(journal.c.id.desc()).limit(1)) or 0
    if (steps := clock_was_set(connection, now)) is not None:
        return Finding("clock", "note", steps)
    if newest > now + CLOCK_TOLERANCE:
        return Finding("clock", "fail", f"{duration(newest - now)} behind the newest record")
    if connection.dialect.name != "postgresql":
        return Finding("clock", "ok", "not behind the newest record")
    server = int(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000000")) or 0)
    apart = abs(server - now)
    state: State = "fail" if apart > CLOCK_TOLERANCE else "note" if apart > 5 * SECOND else "ok"
    return Finding("clock", state, f"{apart / SECOND:.1f} s from the database server's")


def clock_was_set(connection: Connection, now: int) -> str | None:
    """Say when the clock of the machine that hears was set last, if that is not long ago and it is not wrong anew."""
    query = select(audit.c.at, audit.c.after).where(audit.c.kind == "clock").order_by(audit.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    if last is None or not now - CLOCK_SET_TOLD <= last.at <= now + CLOCK_TOLERANCE:
        return None
    by = last.after["by_seconds"] * SECOND
    said = f"was set {'back' if by < 0 else 'ahead'} by {duration(abs(by))} at {format_instant(last.at)}"
    marked = last.after["readings"]
    return f"{said}; {marked} readings received meanwhile are marked" if marked else said


def check_sources(connection: Connection) -> Finding:
    """Whether something is listened to, in formats that this version knows."""
    sources = [entry.doc for entry in load_entries(connection, "source")]
    unknown = sorted({source["format"] for source in sources} - set(codecs.names()))
    if unknown:
        return Finding(
            "sources", "fail", f"unknown gateway format {', '.join(unknown)}; known: {', '.join(codecs.names())}"
        )
    if not sources:
        return Finding("sources", "note", "no sources yet: no messages are received; `coldchain apply` a site file")
    return Finding("sources", "ok", f"{len(sources)}: " + ", ".join(sorted(source["topic"] for source in sources)))


def check_dead_letters(connection: Connection) -> Finding:
    """Messages that could not be decoded."""
    count = count_dead_letters(connection)
    return Finding("unreadable messages", "note" if count else "ok", f"{count} waiting")


def check_device_clocks(connection: Connection, now: int) -> Finding:
    """Devices whose live messages are stamped far from their arrival."""
    found = estimates(connection, now)
    off = [f"{device} {describe_clock(each)}" for device, each in sorted(found.items()) if each.is_off]
    if not off:
        return Finding("device clocks", "ok", f"{len(found)} estimated, none is off by more than {duration(OFF)}")
    text = f"{_some(off)}; set the clock, or say what counts, also of a backlog: `clock` of the source"
    return Finding("device clocks", "note", text)


def check_local_times(connection: Connection, now: int) -> Iterator[Finding]:
    """Devices that stamp local time of a zone that nobody says."""
    found = local_times(connection)
    site = site_zone(connection)
    for topic in sorted({each.topic for each in found}):
        devices = [each for each in found if each.topic == topic]
        zones = Counter(describe_zone(each.run.fitting, now, site) for each in devices)
        zone, _ = max(zones.items(), key=lambda each: (each[0] is not None, each[1]))
        fits = f"live stamps fit {zone}" if zone else "no live stamp fits a zone"
        named = _some([each.device for each in devices])
        says = f"{topic}: local time without a zone from {named}; {fits}: set `timezone` of this source"
        yield Finding("time zone", "note", says)


def check_unplaced(connection: Connection) -> Finding:
    """Readings that are kept and not judged because nobody knows when they were measured."""
    found = count_unplaced(connection)
    if not found:
        return Finding("unplaced readings", "ok", "0")
    said = (f"{count} {EXPLAINED[flag]}" for flag, count in found.items())
    return Finding("unplaced readings", "note", "; ".join(said))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if names[_NAMED:] else "")


def check_notices(connection: Connection) -> Finding:
    """What devices sent and no verdict rests on, by kind; a note while nobody has looked at what calls for it."""
    found = sorted(totals(connection).items(), key=lambda each: weight(each[0]))
    if not found:
        return Finding("data notices", "ok", "none")
    counts = [f"{about(kind).title}: {count} ({_devices(devices)})" for kind, (count, _, devices) in found]
    calling = [kind for kind, (_, fresh, _) in found if fresh and about(kind).calls]
    if not calling:
        return Finding("data notices", "ok", "; ".join(counts))
    which = _some(sorted({each or "topics without a device" for each in fresh_devices(connection, calling)}))
    return Finding("data notices", "note", f"{'; '.join(counts)}. To review: {which}")


def _devices(count: int) -> str:
    return "1 device or source" if count == 1 else f"{count} devices or sources"


def check_deliveries(connection: Connection, now: int) -> Finding:
    """Alerts that did not reach their channel."""
    counted = select(outbox.c.state, func.count(), func.min(outbox.c.created_at)).group_by(outbox.c.state)
    found = {state: (count, oldest) for state, count, oldest in connection.execute(counted)}
    waiting, oldest = found.get("waiting", (0, now))
    failed = found.get("failed", (0, now))[0]
    late = waiting and now - oldest > LATE
    since = f", the oldest for {duration((now - oldest) // MINUTE * MINUTE)}" if late else ""
    state: State = "fail" if late else "note" if failed else "ok"
    return Finding("notifications", state, f"{waiting} waiting{since}, {failed} failed")


def check_forwarding(connection: Connection, now: int) -> Finding:
    """How far InfluxDB is behind, and what it refused."""
    behind, parked = lag(connection), count_parked_points(connection)
    late = behind.since is not None and now - behind.since > LATE
    since = f" since {format_instant(behind.since)}" if behind.since is not None and late else ""
    state: State = "fail" if late else "note" if parked else "ok"
    return Finding("forwarder", state, f"{behind.rows} journal rows behind{since}, {parked} points rejected")


def check_broker(settings: Settings, ask: Callable[[], None]) -> Iterator[Finding]:
    """Whether the broker lets us in; `ask` raises ColdchainError if it does not."""
    where = redacted(settings.broker_url)
    try:
        ask()
    except ColdchainError as error:
        hint = "; it runs with `coldchain run`" if settings.embedded_broker else ""
        yield Finding("broker", "fail", f"{where} {error}{hint}")
    else:
        yield Finding("broker", "ok", f"{where} connected")
    if settings.embedded_broker:
        told = "embedded, for trying out: queued messages are lost when it stops (COLDCHAIN_MQTT_URL: a real one)"
        yield Finding("broker", "note", told)


def check_client_library(installed: Callable[[], str]) -> Finding:
    """Whether the library that talks to the broker was tested in this version; `installed` raises ColdchainError."""
    try:
        return Finding("libraries", "ok", f"paho-mqtt {installed()} is a tested version")
    except ColdchainError as error:
        return Finding("libraries", "fail", str(error))


class Reachable(Protocol):
    """What is asked of InfluxDB."""

    def check(self) -> None:
        """Raise UnavailableError if points could not be written and read now."""

    def close(self) -> None:
        """Close all connections."""


def check_influx(influx: Reachable | None) -> Iterator[Finding]:
    """Whether InfluxDB answers and lets us in, if it is used."""
    if influx is None:
        return
    try:
        influx.check()
        yield Finding("influx", "ok", "InfluxDB answers")
    except ColdchainError as error:
        yield Finding("influx", "fail", str(error))
    finally:
        influx.close()
