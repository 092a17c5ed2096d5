"""From entries to the site whose histories the rules judge by."""

from collections import defaultdict
from collections.abc import Container, Iterable

from domain.errors import Refused
from domain.model import ProfileVersion, Site
from sites.checks import check
from sites.entries import show_path
from sites.given import Given, Name, Problem, ReadBefore, gather
from sites.schema import Entry


def build(entries: Iterable[Entry]) -> Site:
    """Return the site.

    Raises Refused with every problem among the entries, e.g. `mounts["S1","ROOM-1","…Z"].sensor: no sensor "S1"`.
    """
    return site_of(checked(entries, {}))


def checked(entries: Iterable[Entry], known: ReadBefore, elsewhere: Container[Name] = ()) -> Given:
    """Return what entries mean, given what those documents meant that are the same as before.

    `elsewhere`: names of entries beside these that nothing is wrong with. Raises Refused as `build`.
    """
    given = gather(entries, known=known)
    given.elsewhere = elsewhere
    problems = check(given)
    if problems:
        raise Refused([_show(given, problem) for problem in problems])
    return given


def _show(given: Given, problem: Problem) -> str:
    field = "." + show_path(problem.field) if problem.field else ""
    other = "" if problem.other is None else f" {given.entries[problem.other].path}"
    return f"{given.entries[problem.position].path}{field}: {problem.text}{other}"


def site_of(given: Given) -> Site:
    """Return the site that entries make."""
    versions: dict[str, list[ProfileVersion]] = defaultdict(list)
    for version in sorted((item.it for item in given.profiles), key=lambda version: version.effective_from):
        versions[version.profile].append(version)
    return Site(
        sensors={item.it.id: item.it for item in given.sensors},
        locations={item.it.id: item.it for item in given.locations},
        mounts=tuple(item.it for item in given.mounts),
        products={item.it.id: item.it for item in given.products},
        batches={(item.it.product, item.it.lot): item.it for item in given.batches},
        placements=tuple(item.it for item in given.placements),
        parties={item.it.id: item.it for item in given.parties},
        profiles={profile: tuple(of_it) for profile, of_it in versions.items()},
    )
