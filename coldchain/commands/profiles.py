"""`coldchain profiles`: the library of storage requirements, and checking one's own."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from msgspec import structs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coldchain import bootstrap
from coldchain.commands.apply import second_signature, whoever
from coldchain.settings import load_settings
from coldchain.site_file import located
from domain.errors import ConflictError, InvalidError, Refused
from domain.model import ProfileVersion
from domain.times import format_instant, parse_instant
from ledger.corrections.reach import reached_by
from ledger.offline_client import OfflineClient
from ledger.requests import Activate
from ledger.writer import Options
from rules.messages.words import duration
from sites import convert
from sites.advice import advice
from sites.entries import show_path
from sites.file import load_file
from sites.library import Listed, find, library
from sites.schema import Entry, key_of
from sites.tree import Node, compose
from sites.tree import Path as Place
from store.state import load_entries

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
EVIDENCE = {
    "read": "read at the source",
    "device": "taken from a device's own file",
    "computed": "worked out from the source",
    "known": "common knowledge: check before claiming conformance",
}
_FACTS = ("name", "source", "clause", "date", "evidence", "note", "effective_from")
_SETTINGS = (
    *("max_gap", "gap_counts_as", "min_coverage", "longest_gap"),
    *("coverage_reason", "coverage_source", "coverage_date"),
)


@click.group(name="profiles")
def command() -> None:
    """Show the library of storage requirements, and check one's own."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Print every profile of the library with where its numbers are from."""
    listed = [each for versions in library().values() for each in versions]
    if as_json:
        click.echo(json.dumps([_summary(each) for each in listed], indent=1, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "version", "from", "evidence", "name"):
        table.add_column(column, no_wrap=column != "name", overflow="fold")
    for each in listed:
        doc = each.entry.doc
        cells = (doc["id"], doc["version"], doc["effective_from"][:10], doc["evidence"], doc["name"])
        table.add_row(*(Text(cell) for cell in cells))
    _console().print(table)
    click.echo("\n" + "\n".join(f"{word}: {meaning}" for word, meaning in EVIDENCE.items()))


@command.command()
@click.argument("name", metavar="ID")
@click.option("--version", type=int, help="Only this version; default: all.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print text for a site file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, version: int | None, as_yaml: bool, as_json: bool) -> None:
    """Print the profile ID of the library: its rules in words, and where they are from."""
    listed = find(name, version)
    if as_json:
        click.echo(json.dumps([each.entry.doc for each in listed], indent=1, ensure_ascii=False))
    elif as_yaml:
        click.echo("profiles:\n" + "\n\n".join(each.text for each in listed))
    else:
        click.echo("\n\n".join("\n".join(_described(each)) for each in listed))


@command.command()
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the profiles of site files: exit 2 with every problem; warn of what may be meant otherwise."""
    problems: list[str] = []
    warnings: list[str] = []
    count = 0
    for path in paths:
        try:
            entries = load_file(path)
        except Refused as error:
            problems += error.problems
            continue
        count += sum(entry.kind == "profile" for entry in entries)
        warnings += _warnings(path, entries)
    if problems:
        raise Refused(problems + warnings)
    if as_json:
        click.echo(json.dumps({"profiles": count, "warnings": warnings}, indent=1, ensure_ascii=False))
        return
    for warning in warnings:
        click.echo(warning)
    click.echo(f"{count} profile versions, {len(warnings)} warnings")


@command.command()
@click.argument("path", metavar="PROFILE.yaml", type=_FILE)
@click.option("--reason", required=True, help="The reason, recorded in the audit trail.")
@click.option("--from", "since", metavar="T", help="From when it is active; default: as the file says.")
@click.option("--retroactive", is_flag=True, help="Activate what takes effect before holds on record.")
@click.option("--second", metavar="NAME", help="The second person who signs --retroactive, by password.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def activate(path: Path, reason: str, since: str | None, retroactive: bool, second: str | None, as_json: bool) -> None:
    """Activate the new versions of PROFILE.yaml; who, why and from when is recorded in the audit trail.

    Versions that take effect before holds on record are named and refused, unless --retroactive says that it is meant.
    """
    profiles = [{**entry.doc, **_from(since)} for entry in load_file(path) if entry.kind == "profile"]
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with database.read() as connection:
            known = {entry.key: entry.doc for entry in load_entries(connection, "profile")}
            new = [doc for doc in profiles if key_of("profile", doc) not in known] or profiles
            after = {**known, **{key_of("profile", doc): doc for doc in new}}
            reached = reached_by(connection, known, after, bootstrap.clock()) if retroactive else []
        asked = Activate(profiles=new, reason=reason, over=[each.hold for each in reached])
        if reached:
            asked = structs.replace(asked, second=second_signature(database, second, settings.four_eyes))
        with OfflineClient(database, whoever(), bootstrap.clock, Options(four_eyes=settings.four_eyes)) as client:
            answer = client.ask(asked)
    except ConflictError as error:
        raise ConflictError(f"{path}: {error}" + ("" if retroactive else "; see --retroactive")) from error
    except Refused as error:
        raise located(path, error) from error
    finally:
        database.close()
    docs = [each["doc"] for each in answer["put"]]
    if as_json:
        click.echo(json.dumps(docs, indent=1, ensure_ascii=False))
    for doc in () if as_json else docs:
        click.echo(
            f"{doc['id']} version {doc['version']}: active from {doc['effective_from']}, by {whoever()}: {reason}"
        )


def _from(since: str | None) -> dict[str, str]:
    try:
        return {} if since is None else {"effective_from": format_instant(parse_instant(since))}
    except InvalidError as error:
        raise InvalidError(f"--from: {error}") from None


def _summary(listed: Listed) -> dict[str, object]:
    doc = listed.entry.doc
    names = ("id", "version", *_FACTS)
    return {name: listed.version if name == "version" else doc[name] for name in names}


def _described(listed: Listed) -> Iterable[str]:
    doc = listed.entry.doc
    yield f"{doc['id']} version {doc['version']}"
    for name in (*_FACTS, *_SETTINGS):
        if doc[name] is not None:
            value = EVIDENCE[doc[name]] if name == "evidence" else doc[name]
            yield f"  {name.replace('_', ' ')}: {value}"
    for rule in convert.profile(doc).rules:
        told_over = f", off-delay {duration(rule.off_delay, exact=True)}" if rule.off_delay else ""
        yield f"  {rule.id} ({rule.kind}): {rule.condition.describe()} → {rule.action}, {rule.severity}{told_over}"


def _warnings(path: Path, entries: Sequence[Entry]) -> list[str]:
    """Return what is said of the profiles written in this file; what is used from the library was looked at there."""
    root, _ = compose(path.read_text(encoding="utf-8-sig"))
    places = _places(root)
    versions: list[ProfileVersion] = [convert.profile(entry.doc) for entry in entries if entry.kind == "profile"]
    locations = [entry.doc for entry in entries if entry.kind == "location"]
    kinds = {doc["kind"] for doc in locations if doc["kind"]} if locations else None
    said = []
    for profile, version, rule, text in advice(versions, kinds):
        place = places.get((profile, version))
        if place is not None:
            whole: Place = place if rule is None else (*place, "rules", rule)
            said.append((root.find(whole)[1].line, f"{show_path(whole)}: warning: {text}"))
    return [f"{path.name}:{line} {text}" for line, text in sorted(said)]


def _places(root: Node) -> dict[tuple[str, int], Place]:
    """Return where each profile's version is written."""
    section = root.find(("profiles",))[1].value
    nodes = [node.value for node in section] if isinstance(section, list) else []
    return {
        (str(fields["id"].value), int(str(fields["version"].value))): ("profiles", i)
        for i, fields in enumerate(nodes)
        if isinstance(fields, dict) and "id" in fields
    }


def _console() -> Console:
    """Return a console that breaks no line where nobody looks at a terminal."""
    return Console() if sys.stdout.isatty() else Console(width=1000, no_color=True)
