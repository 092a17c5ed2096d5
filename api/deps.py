"""What routes are given: the one dependency that says what a route needs, and the services behind it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends
from fastapi import Request as HTTPRequest
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import ColumnElement, Connection, Table

from api.access import AccessPolicy, policy_of
from api.forecast.cache import ForecastCache
from api.metrics import Metrics
from api.options import Options
from api.parameters import refuse_unknown
from api.people.register import find_account
from api.people.roles import Permission, Person
from api.people.sign_in import require_signature
from api.people.tokens import recognise
from api.snapshot import Snapshot, Snapshots
from domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from domain.model import BatchKey, UnitKey
from ledger.models.in_use import expired_in_use
from ledger.models.stock.blocked import blocked_by_status
from ledger.models.usability import OnRecord, usability_on_record
from ledger.requests import Request
from rules.usability import BlockedBy
from store.database import Database
from store.history import History
from store.loaded import LoadedSeries

NOBODY = Person("", "nobody")


class Submit(Protocol):
    """Asks the one writer for something and waits for its answer (`ledger.inbox.submit`)."""

    def __call__(self, database: Database, who: str, request: Request, wait_s: float) -> Any:
        """Return the answer. Raises what the writer refused with, or UnavailableError if none answers in time."""


class Answered(Protocol):
    """What is answered to a POST of a source."""

    @property
    def status(self) -> int:
        """The status."""

    @property
    def body(self) -> bytes:
        """JSON."""


class Intake(Protocol):
    """Takes what is posted for a source (`ingest.http.intake.Intake`)."""

    def take(self, source: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Return the answer once the broker has it. Raises what is answered as a problem."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request may use."""

    database: Database
    submit: Submit
    options: Options
    history: History
    snapshots: Snapshots
    metrics: Metrics
    forecasts: ForecastCache
    intake: Intake | None = None  # None: nothing is taken by HTTP


def services_of(request: HTTPRequest) -> Services:
    """Return the application's services."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


@dataclass(frozen=True, slots=True)
class View:
    """One consistent look at the database with the eyes of one person."""

    connection: Connection
    snapshot: Snapshot
    policy: AccessPolicy
    now: int
    series: LoadedSeries  # what was read of series already
    # Looked at is what was known at this instant, which then is `now` too, with the site of then; None: what is known.
    known_at: int | None = None

    def own(self, table: Table) -> ColumnElement[bool]:
        """Return what spares reading others' rows of a table with product and lot; `policy` decides all the same."""
        return self.policy.own(self.connection, table.c.product, table.c.lot)

    def usability(self, batches: Collection[BatchKey]) -> OnRecord:
        """Return whether the units of these batches may be used, by what is on record of them."""
        site, today = self.snapshot.site, self.snapshot.date(self.now)
        in_use = expired_in_use(self.connection, batches, site.products, self.now, self.known_at)
        blocked = self.blocked(batches)
        return usability_on_record(self.connection, batches, site.batches, today, self.known_at, in_use, blocked)

    def blocked(self, batches: Collection[BatchKey]) -> dict[UnitKey, BlockedBy]:
        """Return the units of these batches that a status blocks, each with which."""
        return blocked_by_status(self.connection, self.snapshot.site.products, batches, self.now, self.known_at)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the services to answer with."""

    person: Person
    services: Services

    @contextmanager
    def look(self) -> Iterator[View]:
        """Open one read transaction as this person."""
        with self.services.database.read() as connection:
            snapshot = self.services.snapshots.get(connection)
            yield View(
                connection,
                snapshot,
                policy_of(self.person, snapshot, connection),
                self.services.options.now(),
                LoadedSeries(connection),
            )

    def sign(self, password: str) -> str:
        """Take this person's signature; return the name to print. Raises ForbiddenError for a wrong password."""
        return require_signature(self.services.database, self.person.name, password, self.services.options.now())

    def sign_as(self, name: str, password: str, permission: Permission) -> str:
        """Take another person's signature, who must have a permission; return the name to print.

        Raises ForbiddenError for a person who may not, for one who is unknown and for a wrong password.
        """
        database, now = self.services.database, self.services.options.now()
        try:
            with database.read() as connection:
                account = find_account(connection, name)
        except NotFoundError:
            raise ForbiddenError("wrong name or password: nothing was signed") from None
        Person(account.name, account.role, account.client).require(permission)
        return require_signature(database, account.name, password, now)

    def ask(self, request: Request) -> Any:
        """Hand a request to the one writer in this person's name; return its answer."""
        services = self.services
        return services.submit(services.database, self.person.name, request, services.options.wait_s)


class Needs:
    """The dependency by which every route declares its permission; a test finds a route that does not."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission


class _Public(Needs):
    def __call__(self, request: HTTPRequest) -> Caller:
        refuse_unknown(request)
        return Caller(NOBODY, services_of(request))


_bearer = HTTPBearer(scheme_name="token", description="an API token: `cc_…`", auto_error=False)


class _Restricted(Needs):
    def __call__(
        self, request: HTTPRequest, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        if given is None:
            raise UnauthenticatedError("a token is needed: Authorization: Bearer cc_…")
        services = services_of(request)
        with services.database.read_once() as connection:
            token = recognise(connection, given.credentials)
        person = Person(token.name, token.role, token.client)
        person.require(self.permission)
        refuse_unknown(request)
        return Caller(person, services)


def needs(permission: Permission) -> Any:
    """Return the dependency for a route's declaration."""
    return Depends(_Public(permission) if permission is Permission.PUBLIC else _Restricted(permission))


Anybody = Annotated[Caller, needs(Permission.PUBLIC)]
Known = Annotated[Caller, needs(Permission.KNOWN)]
SeesStock = Annotated[Caller, needs(Permission.SEE_STOCK)]
SeesSite = Annotated[Caller, needs(Permission.SEE_SITE)]
SeesRecord = Annotated[Caller, needs(Permission.SEE_RECORD)]
MovesStock = Annotated[Caller, needs(Permission.MOVE_STOCK)]
Disposes = Annotated[Caller, needs(Permission.DISPOSE)]
Acknowledges = Annotated[Caller, needs(Permission.ACKNOWLEDGE)]
Configures = Annotated[Caller, needs(Permission.CONFIGURE)]
