"""The versions of profiles as they were known at an instant, and when each was activated, changed or removed.

Read from the audit trail, which keeps what is removed too: what was reported by an earlier version is told in its
words for ever, whatever is in force today.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqlalchemy import or_, select

from api.addresses import canonical
from api.deps import View
from domain.model import Dated, ProfileVersion, Rule
from domain.times import NEVER, parse_instant
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from sites.convert import profile as version_of
from store.known_at import known_by
from store.tables import audit

Doc = Mapping[str, Any]
_LAST = "\U0010ffff"  # sorts behind whatever a key goes on with


@dataclass(frozen=True, slots=True)
class VersionEvent:
    """That a version of a profile was activated, changed or removed; it counts in `[since, until)` from then on."""

    entry: AuditEntry
    profile: str
    version: int
    since: int
    until: int

    @property
    def at(self) -> int:
        """When that was done."""
        return self.entry.at

    @property
    def is_retroactive(self) -> bool:
        """Tell whether it reaches back before the instant at which it was done."""
        return self.since < self.at

    @property
    def what(self) -> str:
        """Return activated, changed or removed."""
        if self.entry.after is None:
            return "removed"
        return "activated" if self.entry.is_new else "changed"

    def reaches(self, since: int, until: int) -> bool:
        """Tell whether it counts at an instant of `[since, until]`."""
        return self.since <= until and since < self.until


@dataclass(frozen=True)
class ProfileVersions:
    """What was done to the versions of some profiles, in order."""

    entries: Sequence[AuditEntry] = ()
    _known: dict[int, Mapping[str, Sequence[ProfileVersion]]] = field(default_factory=dict)

    @cached_property
    def events(self) -> list[VersionEvent]:
        """Everything that was done, each with when the version counted as things stood then."""
        found = []
        known: dict[tuple[str, int], int] = {}
        for entry in self.entries:
            profile, version = _named(entry)
            before, after = (None if doc is None else _begins(doc) for doc in (entry.before, entry.after))
            begins = [each for each in (before, after) if each is not None]
            others = [at for (name, number), at in known.items() if name == profile and number != version]
            until = min((at for at in others if at > max(begins)), default=NEVER)
            found.append(VersionEvent(entry, profile, version, min(begins), until))
            if after is None:
                known.pop((profile, version), None)
            else:
                known[profile, version] = after
        return found

    def at(self, profile: str, known_at: int) -> Sequence[ProfileVersion]:
        """Return the versions of a profile that were on record at an instant, in the order in which they count."""
        done = bisect_right(self.entries, known_at, key=lambda entry: entry.at)
        if done not in self._known:
            self._known[done] = _versions(self.entries[:done])
        return self._known[done].get(profile, ())

    def rule(self, profile: str, version: int, rule: str, known_at: int) -> Rule | None:
        """Return a rule of a version as it was on record at an instant."""
        found = next((each for each in self.at(profile, known_at) if each.version == version), None)
        return next((each for each in found.rules if each.id == rule), None) if found else None

    def rule_in_force(
        self, profiles: Dated[str | None], rule: str, at: int, known_at: int
    ) -> tuple[ProfileVersion, Rule] | None:
        """Return the version in force at an instant, and its rule, as was known at another."""
        versions = self.at(profiles.at(at) or "", known_at)
        ends = [later.effective_from for _, later in pairwise(versions)] + [NEVER]
        for version, until in zip(versions, ends, strict=True):
            if version.effective_from <= at < until:
                return next(((version, each) for each in version.rules if each.id == rule), None)
        return None


def read_profile_versions(view: View, profiles: Iterable[str]) -> ProfileVersions:
    """Read what was ever done to the versions of these profiles."""
    begins = [canonical(profile)[:-1] + "," for profile in sorted(set(profiles))]
    if not begins:
        return ProfileVersions()
    of_them = or_(*(audit.c.key.between(begin, begin + _LAST) for begin in begins))
    known = known_by(audit.c.at, view.known_at)
    query = select(audit).where(audit.c.kind == "profile", of_them, *known).order_by(audit.c.id)
    return ProfileVersions([audit_entry_of(row._mapping) for row in view.connection.execute(query)])


def _named(entry: AuditEntry) -> tuple[str, int]:
    profile, version = json.loads(entry.key)
    return profile, int(version)


def _begins(doc: Doc) -> int:
    return parse_instant(doc["effective_from"])


def _versions(entries: Iterable[AuditEntry]) -> dict[str, list[ProfileVersion]]:
    docs = {entry.key: entry.after for entry in entries}
    found: dict[str, list[ProfileVersion]] = {}
    for doc in docs.values():
        if doc is not None:
            version = version_of(doc)
            found.setdefault(version.profile, []).append(version)
    for versions in found.values():
        versions.sort(key=lambda version: version.effective_from)
    return found
