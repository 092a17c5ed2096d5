"""`coldchain channel`: the channels of notification, and whether they work."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import click

from api.reads.deliveries import ChannelState, Delivery, channel_states, find_delivery
from coldchain import bootstrap
from coldchain.commands.apply import whoever
from coldchain.settings import load_settings
from domain.times import SECOND, format_instant
from ledger.offline_client import OfflineClient
from ledger.requests import TryChannel
from notify.outbox import withdraw
from rules.messages.words import duration
from store.database import Database

POLL_S = 0.05
# A notifier may be busy with another message of the channel, and needs a moment to look.
PATIENCE = 5 * SECOND


@click.group(name="channel")
def command() -> None:
    """List and test the channels that notifications are sent to."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List all channels: recipients, messages waiting, last success and failure."""
    database = bootstrap.migrated(load_settings())
    with database.read() as connection:
        found = channel_states(connection)
    database.close()
    if as_json:
        click.echo(json.dumps([_shown(state) for state in found], indent=2, ensure_ascii=False))
        return
    for state in found:
        click.echo("  ".join(_words(state)))


@command.command()
@click.argument("channel")
def test(channel: str) -> None:
    """Send a test through the CHANNEL and print the result; exit 1 if it was not delivered."""
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with OfflineClient(database, whoever(), bootstrap.clock) as client:
            number = client.ask(TryChannel(channel=channel))["delivery"]
        delivery = _outcome(database, number, 2 * settings.delivery_timeout + PATIENCE)
    finally:
        database.close()
    if delivery.state == "delivered":
        click.echo(f"{channel}: delivered in {delivery.attempts[-1].took / SECOND:.2f} s")
        return
    click.echo(f"{channel}: {delivery.error}", err=True)
    sys.exit(1)


def _outcome(database: Database, number: int, patience: int) -> Delivery:
    """Wait for the end of a delivery; one that nobody has begun by then is withdrawn."""
    deadline = time.monotonic() + patience / SECOND
    while (found := _find(database, number)).state == "waiting":
        if time.monotonic() > deadline:
            why = f"not sent within {duration(patience)}; is `coldchain work` running?"
            with database.begin() as connection:
                withdraw(connection, number, bootstrap.clock(), why)
        time.sleep(POLL_S)
    return found


def _find(database: Database, number: int) -> Delivery:
    with database.read() as connection:
        found = find_delivery(connection, number)
    assert found is not None  # it was just put there, and none is ever deleted
    return found


def _words(state: ChannelState) -> list[str]:
    words = [state.id, state.kind, state.to, f"from {state.min_severity}"]
    words += [f"client {state.client}"] if state.client else []
    words.append(f"{state.waiting} waiting")
    words += [f"last success {format_instant(state.last_success)}"] if state.last_success else ["no success yet"]
    if state.last_failure:
        words.append(f"last failure {format_instant(state.last_failure)}: {state.last_error}")
    return words


def _shown(state: ChannelState) -> dict[str, Any]:
    instants = {name: getattr(state, name) for name in ("last_success", "last_failure")}
    return asdict(state) | {name: None if at is None else format_instant(at) for name, at in instants.items()}
