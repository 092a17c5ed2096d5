"""`coldchain apply`: bring the database to what a site file says."""

import getpass
import json
from pathlib import Path
from typing import Any

import click

from coldchain import bootstrap
from coldchain.settings import load_settings
from coldchain.site_file import located, read
from domain.errors import Refused
from ledger.offline_client import OfflineClient
from ledger.requests import Apply, Item

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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(path: Path, dry_run: bool, reason: str | None, as_json: bool) -> None:
    """Apply the site file S.yaml and print what changed. Applying it twice changes nothing."""
    entries = [Item(entry.kind, entry.doc) for entry in read(path)]
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with OfflineClient(database, whoever(), bootstrap.clock) as client:
            answer = client.ask(Apply(entries=entries, dry_run=dry_run, reason=reason))
    except Refused as error:
        raise located(path, error) from error
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        _show(answer, dry_run)


def whoever() -> str:
    """Return the name under which the command line's entries are on record."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def _show(answer: dict[str, Any], dry_run: bool) -> None:
    for name, word in _WORDS.items():
        for path in answer[name]:
            click.echo(f"{'would be ' if dry_run and name == 'put' else ''}{word}: {path}")
    counts = ", ".join(f"{len(answer[name])} {word}" for name, word in {**_WORDS, "same": "unchanged"}.items())
    click.echo(f"{'dry run: ' if dry_run else ''}{counts}")
