"""`coldchain token`: API tokens."""

import json

import click

from api.people import tokens
from coldchain import bootstrap
from coldchain.settings import load_settings
from domain.times import format_instant
from store.database import Database


@click.group(name="token")
def command() -> None:
    """Add, list and revoke API tokens."""


def _open() -> Database:
    return bootstrap.migrated(load_settings())


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice(tokens.ROLES), required=True, help="Permissions of its bearer.")
@click.option("--client", help="The client whose batches it sees; for role client.")
def add(name: str, role: str, client: str | None) -> None:
    """Make a token called NAME and print it. It is shown only now and kept nowhere."""
    database = _open()
    with database.begin() as connection:
        token, secret = tokens.add_token(connection, name, role, client, bootstrap.clock())
    database.close()
    click.echo(f"{token.id} {token.name}: keep this token, it is not shown again", err=True)
    click.echo(secret)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List all tokens; their secrets are known to nobody."""
    database = _open()
    with database.read() as connection:
        found = [_shown(token) for token in tokens.list_tokens(connection)]
    database.close()
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for token in found:
        state = f"revoked {token['revoked_at']}" if token["revoked_at"] else "active"
        whose = f" of {token['client']}" if token["client"] else ""
        click.echo(f"{token['id']}  {token['name']}  {token['role']}{whose}  since {token['created_at']}  {state}")


@command.command()
@click.argument("token")
def revoke(token: str) -> None:
    """Revoke a TOKEN, named by its id or its name, for good and at once."""
    database = _open()
    with database.begin() as connection:
        revoked = tokens.revoke_token(connection, token, bootstrap.clock())
    database.close()
    click.echo(f"revoked {revoked.id} {revoked.name}")


def _shown(token: tokens.Token) -> dict[str, str | None]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "client": token.client,
        "created_at": format_instant(token.created_at),
        "revoked_at": None if token.revoked_at is None else format_instant(token.revoked_at),
    }
