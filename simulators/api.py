"""The product's HTTP API, as any program would use it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from simulators.errors import ProductError, UnavailableError

Item = Mapping[str, Any]
LARGEST_PAGE = 1000
# A request may wait for the engine, which first takes what has arrived.
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What the API says at one moment."""

    locations: list[Item] = field(default_factory=list)
    mounts: list[Item] = field(default_factory=list)
    placements: list[Item] = field(default_factory=list)
    latest: dict[str, list[Item]] = field(default_factory=dict)  # by sensor
    excursions: list[Item] = field(default_factory=list)
    alerts: list[Item] = field(default_factory=list)
    holds: list[Item] = field(default_factory=list)


class Api:
    """The API behind an address, with a token."""

    def __init__(self, address: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self.root = f"http://{address}/api/v1"
        self._client = httpx.Client(
            base_url=self.root,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._client.close()

    def answers(self) -> bool:
        """Tell whether anything answers."""
        try:
            return self._client.get("/me").is_success
        except httpx.TransportError:
            return False

    def get(self, path: str, **query: str) -> Any:
        """Return one answer. Raises ProductError."""
        return self._asked("GET", path, params=query)

    def all(self, path: str) -> list[Item]:
        """Return all items of a list, page by page. Raises ProductError."""
        page = self.get(path, limit=str(LARGEST_PAGE))
        items: list[Item] = list(page["items"])
        while page["next"] is not None:
            page = self.get(path, limit=str(LARGEST_PAGE), cursor=page["next"])
            items += page["items"]
        return items

    def post(self, path: str, body: Item | Sequence[Item], key: str | None = None) -> Any:
        """Tell something; with a key it is done once, however often it is told. Raises ProductError."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._asked("POST", path, json=body, headers=headers)

    def look(self) -> Picture:
        """Return what there is now. Raises ProductError."""
        sensors = [str(doc["id"]) for doc in self._docs("/sensors")]
        return Picture(
            locations=self._docs("/locations"),
            mounts=self._docs("/mounts"),
            placements=self._docs("/placements"),
            latest={sensor: self.get(f"/sensors/{sensor}/latest")["readings"] for sensor in sensors},
            excursions=self.all("/excursions"),
            alerts=self.all("/alerts"),
            holds=self.all("/holds"),
        )

    def _docs(self, path: str) -> list[Item]:
        return [item["doc"] for item in self.all(path)]

    def _asked(self, method: str, path: str, **how: Any) -> Any:
        try:
            answer = self._client.request(method, path, **how)
        except httpx.TransportError as error:
            raise UnavailableError(f"{method} {self.root}{path}: no answer ({type(error).__name__} {error})") from None
        if not answer.is_success:
            kind = UnavailableError if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else ProductError
            raise kind(f"{method} {self.root}{path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()
