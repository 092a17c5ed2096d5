"""Asking for something from the command line: the engine does it, or, where none runs, the command itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection

from domain.errors import UnavailableError
from ledger.inbox import LOCK, answer_of, submit, submit_all
from ledger.inputs import Batch
from ledger.requests import Rebuild, Request, written
from ledger.writer import Options, Writer
from store.database import Database
from store.lock import Leader
from store.state import Request as FoundRequest
from store.state import find_request, submit_request

WAIT_S = 120.0
# Requests put into the inbox in one transaction.
_AT_ONCE = 8


class OfflineClient:
    """While it is open and no engine runs, this process is the one writer."""

    def __init__(self, database: Database, who: str, clock: Callable[[], int], options: Options | None = None) -> None:
        self._database = database
        self._who = who
        self._clock = clock
        self._options = options
        self._leader = Leader(database, LOCK)
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        if self._leader.try_lead():
            self._writer = Writer(self._database, self._leader, options=self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer = None
        self._leader.resign()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a transaction as the one writer, beside any step. Raises UnavailableError if an engine runs."""
        if self._writer is None:
            raise UnavailableError("an engine runs; stop it, so that this command can write")
        with self._database.begin() as connection:
            self._leader.confirm(connection)
            yield connection

    def rebuild(self) -> list[str]:
        """Judge everything from scratch; return in words what was stored otherwise."""
        if self._writer is not None:
            self._writer.start(self._clock())
        found = [] if self._writer is None else self._writer.differed
        return [*found, *self.ask(Rebuild())["differed"]]

    def ask_all(self, requests: Iterable[Request]) -> Iterator[Any]:
        """Yield the answers to one request after the other, in order; raises as `ask`."""
        if self._writer is None:
            yield from submit_all(self._database, self._who, requests, WAIT_S)
            return
        following = iter(requests)
        while some := list(islice(following, _AT_ONCE)):
            yield from self._do(some)

    def ask(self, request: Request) -> Any:
        """Return the answer. Raises what it is refused with, or UnavailableError as `submit` does."""
        if self._writer is None:
            return submit(self._database, self._who, request, WAIT_S)
        return next(self._do([request]))

    def _do(self, requests: Sequence[Request]) -> Iterator[Any]:
        """Put requests into the inbox, and be the writer that does them."""
        assert self._writer is not None
        now = self._clock()
        with self._database.begin() as connection:
            numbers = [submit_request(connection, self._who, written(request), now) for request in requests]
        for number in numbers:
            while (found := self._find(number)).state == "waiting":
                self._writer.step(Batch(), self._clock())
            yield answer_of(found)

    def _find(self, number: int) -> FoundRequest:
        with self._database.read() as connection:
            return find_request(connection, number)
