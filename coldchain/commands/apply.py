"""`coldchain apply`: bring the database to what a site file says."""

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from api.people.register import find_account
from api.people.roles import ROLES, Permission
from api.people.sign_in import require_signature
from coldchain import bootstrap
from coldchain.settings import load_settings
from coldchain.site_file import located, read
from domain.errors import ConflictError, InvalidError, Refused
from ledger.offline_client import OfflineClient
from ledger.requests import Apply, Item, Signature
from store.database import Database

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_WORDS = {
    "put": "added or changed",
    "kept_by_person": "manual change kept",
    "not_mentioned": "unchanged, not in the file",
}


@click.command()
@click.argument("path", metavar="S.yaml", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--reason", help="The reason, recorded in the audit trail with every change.")
@click.option(
    "--retroactive",
    is_flag=True,
    help="Apply versions of profiles that take effect before holds on record; without it they are named, and refused.",
)
@click.option(
    "--second",
    metavar="NAME",
    help="The second person who signs --retroactive, by password; not with COLDCHAIN_FOUR_EYES=false.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    path: Path, dry_run: bool, reason: str | None, retroactive: bool, second: str | None, as_json: bool
) -> None:
    """Apply the site file S.yaml and print what changed. Applying it twice changes nothing.

    Versions of profiles that take effect before holds on record are named and refused, unless --retroactive says that
    it is meant.
    """
    entries = [Item(entry.kind, entry.doc) for entry in read(path)]
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with OfflineClient(database, whoever(), bootstrap.clock) as client:
            asked = Apply(entries=entries, dry_run=dry_run, reason=reason)
            if retroactive and not dry_run and _reached(client, asked):
                signature = second_signature(database, second, settings.four_eyes)
                asked = structs.replace(asked, retroactive=True, second=signature)
            answer = client.ask(asked)
    except Refused as error:
        raise located(path, error) from error
    except ConflictError as error:
        raise ConflictError(f"{path}: {error}; --retroactive applies it all the same") from error
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        _show(answer, dry_run)


def _reached(client: OfflineClient, asked: Apply) -> bool:
    return bool(client.ask(structs.replace(asked, dry_run=True))["reached"])


def second_signature(database: Database, second: str | None, four_eyes: bool) -> Signature | None:
    """Return the second person's signature. Raises InvalidError if one is needed, ForbiddenError for a wrong one."""
    if second is None and four_eyes:
        raise InvalidError("--retroactive needs the signature of a second person: --second NAME")
    if second is None:
        return None
    if second == getpass.getuser():
        raise InvalidError(f"--second: {second} is you: a second person must sign")
    with database.read() as connection:
        role = find_account(connection, second).role
    if Permission.CONFIGURE not in ROLES.get(role, frozenset()):
        raise InvalidError(f"--second: {second} may not activate profiles (role {role})")
    password = click.prompt(f"Password of {second}", hide_input=True, err=True)
    name = require_signature(database, second, password, bootstrap.clock())
    return Signature(name, "activated, effective before holds on record")


def whoever() -> str:
    """Return the name under which the command line's entries are on record."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def _differences(answer: dict[str, Any], path: str) -> Iterator[str]:
    """Yield what an extended profile says otherwise than its source."""
    for each in answer["extended"]:
        if each["path"] == path:
            yield f"extends {each['extends']}: {len(each['differences'])} differences"
            yield from (f"  {line}" for line in each["differences"])


def _show(answer: dict[str, Any], dry_run: bool) -> None:
    for name, word in _WORDS.items():
        for path in answer[name]:
            click.echo(f"{'would be ' if dry_run and name == 'put' else ''}{word}: {path}")
            for line in _differences(answer, path) if name == "put" else ():
                click.echo(f"  {line}")
    for held in answer["reached"]:
        click.echo(f"{'would take' if dry_run else 'takes'} effect before: {held}")
    counts = ", ".join(f"{len(answer[name])} {word}" for name, word in {**_WORDS, "same": "unchanged"}.items())
    click.echo(f"{'dry run: ' if dry_run else ''}{counts}")
