"""InfluxDB 2: points are written synchronously, windows reduced by Flux inside the database.

The only importer of its client.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from influxdb_client import Dialect, InfluxDBClient, WritePrecision
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from domain.errors import UnavailableError
from domain.numbers import value_of
from domain.times import parse_instant
from store.history import Bucket, Grid, Window, grid
from store.lines import JUDGED, Refused, fault_field, is_writable
from store.series import SeriesKey

TIMEOUT_MS = 30_000
LINES_AT_ONCE = 5_000
QUERIES_AT_ONCE = 4
REASON_AT_MOST = 500  # an answer repeats the whole line

# The instants that InfluxDB knows, in nanoseconds: 1677 to 2262.
_EARLIEST, _LATEST = -9_223_372_036_854_775_806, 9_223_372_036_854_775_806
# 413 is a body too large, which halving helps too.
_REFUSED = {400, 413, 422}
_NO_BUCKET = 404


class Influx:
    """A bucket of an InfluxDB 2; implements History. `close()` when done.

    Every method raises UnavailableError, and nothing else, if the server does not answer or does not let us in.
    """

    def __init__(self, url: str, token: str, org: str, bucket: str) -> None:
        self._url, self._org, self._bucket = url, org, bucket
        self._client = InfluxDBClient(url, token, org=org, timeout=TIMEOUT_MS)
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)
        self._reader = self._client.query_api()

    def close(self) -> None:
        """Close all connections."""
        self._writer.close()  # type: ignore[no-untyped-call]
        self._client.close()  # type: ignore[no-untyped-call]

    def write(self, lines: Sequence[str]) -> list[Refused]:
        """Write lines of line protocol, times in microseconds; return those that InfluxDB refuses.

        A bucket that is not there is made, to keep everything for ever.
        """
        refused: list[Refused] = []
        for start in range(0, len(lines), LINES_AT_ONCE):
            refused += self._write(lines[start : start + LINES_AT_ONCE])
        return refused

    def window(self, keys: Sequence[SeriesKey], since: int, until: int, buckets: int) -> dict[SeriesKey, Window]:
        """Return each series over `[since, until)` in at most so many buckets."""
        cut = grid(since, until, buckets)
        # InfluxDB answers one query on one core.
        with ThreadPoolExecutor(QUERIES_AT_ONCE) as pool:
            return dict(zip(keys, pool.map(lambda key: self._window(key, cut, buckets), keys), strict=True))

    def load(self, key: SeriesKey, since: int, until: int) -> tuple[list[int], list[int | None]]:
        """Return instants and values of one series over `[since, until)`."""
        found: dict[int, int | None] = {}
        for name, instant, text in self._query(key, since, until, _READINGS):
            if name == "values":
                found[instant] = value_of(float(text))
            else:
                found.setdefault(instant, None)
        instants = sorted(found)
        return instants, [found[instant] for instant in instants]

    def check(self) -> None:
        """Raise UnavailableError if points could not be written and read now."""
        self.load(SeriesKey("", "", ""), 0, 1)

    def _write(self, lines: Sequence[str]) -> list[Refused]:
        try:
            self._send(lines)
        except ApiException as error:
            if error.status == _NO_BUCKET:
                self._make_bucket()
                return self._write(lines)
            if error.status not in _REFUSED:
                raise self._unavailable(error) from error
            if len(lines) == 1:
                return [Refused(lines[0], _reason(error))]
            half = len(lines) // 2
            return self._write(lines[:half]) + self._write(lines[half:])
        return []

    def _send(self, lines: Sequence[str]) -> None:
        try:
            self._writer.write(self._bucket, record="\n".join(lines), write_precision=_MICROSECONDS)
        except HTTPError as error:
            raise self._unavailable(error) from error

    def _make_bucket(self) -> None:
        try:
            self._client.buckets_api().create_bucket(bucket_name=self._bucket, org=self._org)
        except (InfluxDBError, HTTPError) as error:
            raise self._unavailable(error) from error

    def _window(self, key: SeriesKey, cut: Grid, buckets: int) -> Window:
        found: dict[int, dict[str, str]] = defaultdict(dict)
        for name, instant, text in self._query(key, cut.since, cut.until, _reduced(cut)):
            found[cut.number(instant)][name] = text
        reduced = tuple(_bucket(cut, number, found[number]) for number in sorted(found))
        if sum(bucket.readings + bucket.faults for bucket in reduced) > buckets:
            return Window(buckets=reduced)
        return Window(readings=tuple(zip(*self.load(key, cut.since, cut.until), strict=True)))

    def _query(self, key: SeriesKey, since: int, until: int, results: str) -> list[tuple[str, int, str]]:
        """Return result name, instant and value as text; nothing from a bucket that is not there yet."""
        if not is_writable(key):
            return []
        flux = _series(self._bucket, key, max(since * 1000, _EARLIEST), min(until * 1000, _LATEST)) + results
        try:
            return list(self._rows(flux))
        except (ApiException, HTTPError) as error:
            if getattr(error, "status", None) == _NO_BUCKET:
                return []
            raise self._unavailable(error) from error

    def _rows(self, flux: str) -> Iterator[tuple[str, int, str]]:
        header: list[str] = []
        for row in self._reader.query_csv(flux, dialect=_PLAIN):
            if row[1] == "result":
                header = row
            elif row[1] == "error":
                header = []
            elif not header:  # an error found while the answer was under way
                raise UnavailableError(f"InfluxDB at {self._url} could not answer: {row[1]}")
            else:
                named = dict(zip(header, row, strict=True))
                yield named["result"], parse_instant(named["_time"]), named["_value"]

    def _unavailable(self, error: Exception) -> UnavailableError:
        reason = _reason(error) if isinstance(error, ApiException) else str(error)
        return UnavailableError(f"InfluxDB at {self._url} does not answer as it should: {reason}")


_MICROSECONDS: Any = WritePrecision.US
_PLAIN = Dialect(header=True, annotations=[], delimiter=",")  # type: ignore[no-untyped-call]


def _series(bucket: str, key: SeriesKey, since: int, until: int) -> str:
    # Functions, so that each result reads the storage by itself, and literals, not parameters: only so does InfluxDB
    # reduce inside its storage engine, 50 times as fast.
    probe = f"r.probe == {_literal(key.probe)}" if key.probe else "not exists r.probe"
    return f"""
series = () => from(bucket: {_literal(bucket)})
  |> range(start: time(v: {since}), stop: time(v: {until}))
  |> filter(fn: (r) => r._measurement == "{JUDGED}" and r.device == {_literal(key.device)} and {probe})
values = () => series() |> filter(fn: (r) => r._field == {_literal(key.quantity)})
faults = () => series()
  |> filter(fn: (r) => r._field == {_literal(fault_field(key.quantity))})
  |> filter(fn: (r) => r._value == true)
plain = (tables=<-) => tables |> keep(columns: ["_time", "_value"])
"""


_READINGS = """
values() |> plain() |> yield(name: "values")
faults() |> plain() |> yield(name: "faults")
"""


def _reduced(cut: Grid) -> str:
    every, offset = cut.width * 1000, cut.origin % cut.width * 1000
    return f"""
by_bucket = (tables=<-, fn) => tables
  |> aggregateWindow(every: {every}ns, offset: {offset}ns, fn: fn, createEmpty: false, timeSrc: "_start")
  |> plain()
values() |> by_bucket(fn: min) |> yield(name: "minimum")
values() |> by_bucket(fn: max) |> yield(name: "maximum")
values() |> by_bucket(fn: first) |> yield(name: "first")
values() |> by_bucket(fn: last) |> yield(name: "last")
values() |> by_bucket(fn: count) |> yield(name: "readings")
faults() |> by_bucket(fn: count) |> yield(name: "faults")
"""


def _literal(text: str) -> str:
    """Return a string literal of Flux: nothing in the text can end it or be evaluated."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def _bucket(cut: Grid, number: int, found: dict[str, str]) -> Bucket:
    ends = (value_of(float(found[name])) if name in found else None for name in ("minimum", "maximum", "first", "last"))
    return Bucket(*cut.bounds(number), int(found.get("readings", 0)), int(found.get("faults", 0)), *ends)


def _reason(error: ApiException) -> str:
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body)
    return f"{error.status} {body.strip()[-REASON_AT_MOST:]}"
