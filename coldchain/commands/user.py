"""`coldchain user`: people who sign in."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from sqlalchemy import Connection

from api.people import register
from api.people.passwords import check_new, hash_password
from api.people.register import Account, person_name
from api.people.roles import ROLES
from api.people.sign_in import LINK_LASTS, add_link
from api.web.frame.session import LINK
from coldchain import bootstrap
from coldchain.settings import load_settings
from domain.times import format_instant
from rules.messages.words import duration

# What the audit trail calls whoever may use the commands.
WHO = "command line"

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(name="user")
def command() -> None:
    """Add, list, disable and enable people; set passwords and send sign-in links."""


@contextmanager
def _writing() -> Iterator[Connection]:
    database = bootstrap.migrated(load_settings())
    with database.begin() as connection:
        yield connection
    database.close()


def _password_option(command: Command) -> Command:
    return click.option("--password-stdin", is_flag=True, help="Take the password from standard input, one line.")(
        command
    )


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True, help="What this person may do.")
@click.option("--client", help="The client whose batches this person sees; for role client.")
@click.option("--full-name", help="The name to print under what this person signs; else NAME.")
@_password_option
def add(name: str, role: str, client: str | None, full_name: str | None, password_stdin: bool) -> None:
    """Add a person called NAME in the record, for good. Without a password a one-time link is printed."""
    hashed = _hashed(name, _line()) if password_stdin else None
    with _writing() as connection:
        account = register.add_account(connection, name, full_name, role, client, WHO, bootstrap.clock())
        if hashed is not None:
            register.set_password(connection, account.name, hashed, WHO, bootstrap.clock())
        secret = add_link(connection, account.name, WHO, bootstrap.clock()) if hashed is None else None
    click.echo(f"added {account.name}, {account.role}", err=True)
    if secret is not None:
        _show_link(secret)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List all people, the disabled too."""
    database = bootstrap.migrated(load_settings())
    with database.read() as connection:
        accounts = register.list_accounts(connection)
    database.close()
    if as_json:
        click.echo(json.dumps([_shown(account) for account in accounts], indent=2, ensure_ascii=False))
        return
    for account in accounts:
        whose = f" of {account.client}" if account.client else ""
        since = format_instant(account.created_at)
        click.echo(f"{account.name}  {account.full_name}  {account.role}{whose}  since {since}  {_state(account)}")


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME in no more, at once. The record keeps the name."""
    with _writing() as connection:
        account = register.disable(connection, name, WHO, bootstrap.clock())
    click.echo(f"disabled {account.name}")


@command.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME in again, who was disabled or gave too many wrong passwords."""
    with _writing() as connection:
        account = register.enable(connection, name, WHO, bootstrap.clock())
    click.echo(f"enabled {account.name}")


@command.command()
@click.argument("name")
def link(name: str) -> None:
    """Print a link that lets NAME in once."""
    with _writing() as connection:
        secret = add_link(connection, name, WHO, bootstrap.clock())
    _show_link(secret)


@command.command()
@click.argument("name")
@_password_option
def password(name: str, password_stdin: bool) -> None:
    """Give NAME a password; all sessions and links of this person end."""
    given = _line() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    hashed = _hashed(name, given)
    with _writing() as connection:
        account = register.set_password(connection, name, hashed, WHO, bootstrap.clock())
    click.echo(f"{account.name} has a new password")


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _hashed(name: str, password: str) -> str:
    check_new(password, person_name(name))
    return hash_password(password)


def _show_link(secret: str) -> None:
    click.echo(f"this link works once, within {duration(LINK_LASTS)}:", err=True)
    click.echo(f"{load_settings().pages}{LINK}?key={secret}")


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return f"disabled {format_instant(account.disabled_at)}"
    if account.locked_until is not None and account.locked_until > bootstrap.clock():
        return f"locked until {format_instant(account.locked_until)}"
    return "may sign in" if account.has_password else "has no password"


def _shown(account: Account) -> dict[str, Any]:
    locked = account.locked_until if (account.locked_until or 0) > bootstrap.clock() else None
    return {
        "name": account.name,
        "full_name": account.full_name,
        "role": account.role,
        "client": account.client,
        "has_password": account.has_password,
        "created_at": format_instant(account.created_at),
        "disabled_at": None if account.disabled_at is None else format_instant(account.disabled_at),
        "locked_until": None if locked is None else format_instant(locked),
    }
