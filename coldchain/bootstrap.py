"""What every command starts with: the clock, the database, signals, addresses. It loads little: commands start fast.

Only this, `coldchain.parts` and `coldchain.history` build things from the settings.
"""

import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from coldchain import supervisor
from coldchain.addresses import split_address
from coldchain.broker import EmbeddedBroker
from coldchain.settings import PREFIX, Settings
from coldchain.supervisor import Program
from domain.errors import InvalidError, Refused
from store.database import Database, is_unreadable, open_database
from store.schema import make_current


def clock() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def secret_folders(settings: Settings) -> tuple[Path, ...]:
    """Return where a `secret_file` without a full path is looked for, in order."""
    return settings.data_dir, Path.cwd()


def migrated(settings: Settings) -> Database:
    """Open the database, with the schema of this version.

    Raises InvalidError where no database can be made, or where something else lies; UnavailableError if it is away.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = open_database(settings.database_url)
        make_current(database)
    except OSError as error:
        raise InvalidError(f"{error.filename or settings.data_dir} cannot be used: {error.strerror}") from error
    except DBAPIError as error:
        if not is_unreadable(error):
            raise
        raise InvalidError(f"database {settings.database_url} cannot be used: {error.orig}") from error
    return database


def stopping_signals() -> threading.Event:
    """Return an event that SIGTERM, SIGINT and SIGHUP set."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def programs(settings: Settings) -> Sequence[Program]:
    """Return what `coldchain run` keeps running, in the order of starting."""
    own: list[Program] = [supervisor.command("ingest"), supervisor.command("work"), supervisor.command("serve")]
    if not settings.embedded_broker:
        return own
    host, port = split_address(settings.broker_address)
    return [EmbeddedBroker(host, port, settings.max_payload_bytes), *own]


def refuse_taken_addresses(settings: Settings) -> None:
    """Raise Refused with a sentence for each address of `coldchain run` that cannot be listened on."""
    wanted = {"http_address": settings.http_address}
    if settings.embedded_broker:
        wanted["broker_address"] = settings.broker_address
    refuse_taken(wanted)


def refuse_taken(addresses: Mapping[str, str]) -> None:
    """Raise Refused with a sentence for each address, by the name of its setting, that cannot be listened on."""
    reasons = {name: _taken(address) for name, address in addresses.items()}
    problems = [f"{PREFIX}{name.upper()}={addresses[name]!r} {why}" for name, why in reasons.items() if why]
    if problems:
        raise Refused(problems)


def _taken(address: str) -> str | None:
    host, port = split_address(address)
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        return f"cannot be listened on: {error.strerror or error}"
    return None
