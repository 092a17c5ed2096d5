"""Every profile with its versions: which is active, which are planned, which are past. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.model import ProfileVersion, Site

State = Literal["active", "planned", "past"]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version, its state now, and until when it counts (None: no end known)."""

    version: ProfileVersion
    state: State
    until: int | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile, its versions (newest first) and what it applies to now."""

    id: str
    name: str | None
    versions: Sequence[VersionRow]
    products: Sequence[str]
    places: Sequence[str]

    @property
    def active(self) -> VersionRow | None:
        """The version that counts now."""
        return next((each for each in self.versions if each.state == "active"), None)


def list_profiles(site: Site, names: dict[str, str], now: int) -> list[ProfileRow]:
    """Return all profiles by id; `names` are their names for people."""
    return [
        ProfileRow(
            profile,
            names.get(profile),
            list(reversed(versions_of(versions, now))),
            sorted(each.id for each in site.products.values() if each.profile.at(now) == profile),
            sorted(each.id for each in site.locations.values() if each.profile.at(now) == profile),
        )
        for profile, versions in sorted(site.profiles.items())
    ]


def versions_of(versions: Sequence[ProfileVersion], now: int) -> list[VersionRow]:
    """Return the versions of a profile in the order in which they come into force."""
    found = []
    for i, version in enumerate(versions):
        until = versions[i + 1].effective_from if i + 1 < len(versions) else None
        if version.effective_from > now:
            state: State = "planned"
        elif until is not None and until <= now:
            state = "past"
        else:
            state = "active"
        found.append(VersionRow(version, state, until))
    return found
