"""Takes what is posted for a source: proves who sends it, and hands it to the broker under `http/<source>`."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from domain.errors import ForbiddenError, InvalidError, NotFoundError, TooLargeError, TooManyError
from ingest.http.answers import Answer, answer_to
from ingest.http.authentication import PRESET, PRESETS, authenticate
from ingest.http.rate import Rate
from ingest.secret_files import ReadSecret

TOPIC = "http/"
# The sources are read again so often: what was changed counts after so many seconds.
_READ_AGAIN_S = 5.0

Doc = Mapping[str, Any]


class Publish(Protocol):
    """Hands a message to the broker, and returns once it has it (ingest.publisher.Publisher)."""

    def __call__(self, topic: str, payload: bytes) -> None:
        """Raise UnavailableError if the broker does not say in time that it has it."""

    def stop(self) -> None:
        """Disconnect."""


class Intake:
    """What answers `POST /ingest/<source>`. Used by several threads."""

    def __init__(
        self,
        load: Callable[[], Mapping[str, Doc]],
        read_secret: ReadSecret,
        publish: Publish,
        largest: int,
        rate: Rate | None = None,
    ) -> None:
        """Take what returns the entries of sources by topic, and what reads their secrets and publishes."""
        self._load, self._read_secret, self._publish, self._largest = load, read_secret, publish, largest
        self._rate = Rate() if rate is None else rate
        self._sources: Mapping[str, Doc] = {}
        self._read_at = -_READ_AGAIN_S

    def take(self, source: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer for a body that the broker has. `headers` have names in lower case.

        Raises NotFoundError for a source that is none, TooManyError, UnauthenticatedError, TooLargeError,
        ForbiddenError if nobody may post for it, UnavailableError if the broker does not take it: to be sent again.
        """
        now_s = time.monotonic()
        doc = self._source(source, now_s)
        if not self._rate.allows(source, now_s):
            raise TooManyError(f"too many requests for the source {source}")
        self._authenticate(source, doc, headers, body)
        if len(body) > self._largest:
            raise TooLargeError(f"the body may have at most {self._largest} bytes")
        self._publish(TOPIC + source, body)
        return answer_to(doc["format"], body)

    def close(self) -> None:
        """Let the connection to the broker go."""
        self._publish.stop()

    def _source(self, source: str, now_s: float) -> Doc:
        if now_s - self._read_at >= _READ_AGAIN_S:
            self._sources, self._read_at = self._load(), now_s
        doc = self._sources.get(TOPIC + source)
        if doc is None:
            raise NotFoundError(f"no source {source}: its topic would be {TOPIC}{source}")
        return doc

    def _authenticate(self, source: str, doc: Doc, headers: Mapping[str, str], body: bytes) -> None:
        named = doc.get("secret_file")
        if not named:
            raise ForbiddenError(f"nobody may post for the source {source}: it has no secret_file")
        try:
            secret = self._read_secret(named)
        except InvalidError as error:
            raise ForbiddenError(f"nobody may post for the source {source}: {error}") from error
        kind = doc.get("authentication") or PRESETS.get(doc["format"], PRESET)
        authenticate(kind, secret, headers, body, time.time())
