"""Who asks, and what each role may do. What a person may then see of it is decided in api.access."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import ForbiddenError


class Permission(StrEnum):
    """What a route needs. Every route declares exactly one."""

    PUBLIC = "public"  # nobody needs to be known: the API's description, probes
    KNOWN = "known"  # anybody with a valid token
    SEE_STOCK = "see_stock"  # batches and what happened to them; a client: its own
    SEE_SITE = "see_site"  # the whole site: sensors, excursions, events, dead letters, metrics
    MOVE_STOCK = "move_stock"  # batches and placements
    SEE_RECORD = "see_record"  # who did what: the audit trail, people and their sign-ins included
    DISPOSE = "dispose"  # release and reject holds
    ACKNOWLEDGE = "acknowledge"  # alerts
    CONFIGURE = "configure"  # what the site consists of, and dead letters


# With these something is done, not only seen.
TO_ACT = frozenset({Permission.MOVE_STOCK, Permission.DISPOSE, Permission.ACKNOWLEDGE, Permission.CONFIGURE})

_CLIENT = frozenset({Permission.PUBLIC, Permission.KNOWN, Permission.SEE_STOCK})
_VIEWER = _CLIENT | {Permission.SEE_SITE}
_QA = _VIEWER | {Permission.SEE_RECORD, Permission.MOVE_STOCK, Permission.DISPOSE, Permission.ACKNOWLEDGE}
ROLES: Mapping[str, frozenset[Permission]] = {
    "admin": _QA | {Permission.CONFIGURE},
    "qa": _QA,
    "warehouse": _VIEWER | {Permission.MOVE_STOCK},
    "viewer": _VIEWER,
    "client": _CLIENT,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: a token's name and role; `client` is set for the role client and only then."""

    name: str
    role: str
    client: str | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the role has the permission."""
        return permission in ROLES.get(self.role, frozenset())

    def require(self, permission: Permission) -> None:
        """Raise ForbiddenError unless the role has the permission."""
        if not self.may(permission):
            raise ForbiddenError(f"the role {self.role} does not give access to this")
