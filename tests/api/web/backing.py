"""What the API says of a subject, as facts that statements of a page are held against."""

import re
from datetime import UTC, datetime

from tests.api.web.statements import ZONE, is_length, seconds, stated_in

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(d|h|min|s)")
_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}
# Two instants of one record between which a length of time is told.
_SPANS = (
    ("from", "to"),
    ("since", "until"),
    ("since", "unknown_since"),
    ("from", "known_at"),  # how late it was detected
    ("from", "fired_at"),
)


class Facts:
    """Instants (seconds), lengths (seconds), numbers and days that the API says, and counts of what it lists."""

    def __init__(self, now):
        self.now = now
        self.instants, self.lengths, self.numbers, self.days = {now}, set(), set(), set()

    def add(self, answer):
        """Take what an answer of the API says."""
        if isinstance(answer, dict):
            self._lengths_of(answer)
            for name, value in answer.items():
                self._named(name, value)
                self.add(value)
        elif isinstance(answer, list):
            self.numbers.add(float(len(answer)))
            for each in answer:
                self.add(each)
        elif isinstance(answer, str):
            self._text(answer)
        elif isinstance(answer, int | float) and not isinstance(answer, bool):
            self.numbers.add(float(answer))
        return self

    def _named(self, name, value):
        if isinstance(value, int | float) and not isinstance(value, bool) and "minutes" in name:
            self.lengths.add(value * 60)
        if name in ("coverage", "min_coverage") and value is not None:
            self.numbers |= {round(float(value) * 100, places) for places in (0, 1, 2)}

    def _lengths_of(self, record):
        for begins, ends in _SPANS:
            since, until = record.get(begins), record.get(ends, record)
            if isinstance(since, str) and (until is None or isinstance(until, str)) and _is_instant(since):
                end = self.now if until is None else seconds(until) if _is_instant(until) else None
                self.lengths |= set() if end is None else {end - seconds(since)}

    def _text(self, text):
        if _is_instant(text):
            self.instants.add(seconds(text))
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            self.days.add(text)
        elif found := _DURATION.findall(text) if _DURATION.fullmatch(text) else []:
            self.lengths.add(sum(float(count) * _UNITS[unit] for count, unit in found))
        else:
            for kind, what, _ in stated_in(text, self.now):
                self._stated(kind, what)

    def _stated(self, kind, what):
        if kind == "instant":
            self.instants.add(float(what))
        elif kind == "length":
            self.lengths.add(what[0])
        elif kind in ("value", "number"):
            self.numbers.add(float(what))

    def back(self, said):
        """Tell whether a statement says what the API says."""
        if said.kind == "instant":
            return any(said.what <= at < said.what + 60 for at in self.instants)
        if said.kind == "length":
            return any(is_length(said.what, real) for real in self.lengths) or said.what[0] in self.lengths
        if said.kind == "day":
            return said.what in self.days or any(said.what == _day_of(at) for at in self.instants)
        return any(abs(float(said.what) - number) < 1e-9 for number in self.numbers | self._rounded(said.what))

    def _rounded(self, shown):
        """Numbers are told with as many digits as matter."""
        places = len(shown.partition(".")[2])
        return {round(number, places) for number in self.numbers} if places <= 1 else set()


def _is_instant(text):
    return re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text) is not None


def _day_of(at):
    return datetime.fromtimestamp(at, ZONE).date().isoformat()


class Said:
    """What the API says of problems, holds and batches; each of its answers is read once."""

    def __init__(self, api, now):
        self._api, self.now = api, now
        self._answers = {}

    def get(self, path, **query):
        """Return an answer, of a list all items."""
        key = path, tuple(sorted(query.items()))
        if key not in self._answers:
            answer = self._api.get(path, **query).raise_for_status().json()
            is_list = isinstance(answer, dict) and "items" in answer
            self._answers[key] = self._api.items(path, **query) if is_list else answer
        return self._answers[key]

    def of_problem(self, number):
        """Return the facts about a problem: itself, its stock, its place and what was measured there."""
        alert = self.get(f"/alerts/{number}")
        facts = Facts(self.now).add(alert)
        facts.add([self.get(f"/alerts/{number}/{of}") for of in ("comments", "deliveries")])
        lots = [each for name in ("lots", "gone", "unknown") for each in alert[name] or ()]
        for product, lot in {(each["product"], each["lot"]) for each in lots}:
            self._add_stock(facts, product, lot, alert["raised_at"])
        for minutes, degree_minutes, _ in (each for lot in lots for each in self.outside_by_rule(lot, alert)):
            facts.lengths.add(minutes * 60)
            facts.numbers.add(degree_minutes)
        excursions = self.get("/excursions", location=alert["place"])
        facts.add([excursions, *(self.get(f"/excursions/{each['id']}/revisions") for each in excursions)])
        self._add_measured(facts, alert)
        return self._add_site(facts, kind="alert", key=str(number))

    def outside_by_rule(self, lot, alert):
        """Return by how much a unit of a problem was outside a rule, each time and in total: minutes up to now,
        degree-minutes, peak."""
        by_rule = {}
        for each in self.get("/exposures", product=lot["product"], lot=lot["lot"]):
            since, until = self._span(each)
            begins, ends = self._span({"from": alert["since"], "to": alert["until"]})
            if each["unit"] == lot["unit"] and since <= ends and begins <= until:
                by_rule.setdefault(each["rule"], []).append((until - since, each))
        return [_outside(some) for all_ in by_rule.values() for some in (all_, *([each] for each in all_))]

    def _span(self, interval):
        return seconds(interval["from"]), seconds(interval["to"]) if interval["to"] else self.now

    def of_batch(self, product, lot):
        """Return the facts about a batch: its verdict, what is on record of it, and where it stood."""
        of = [self.get(f"/batches/{product}/{lot}/verdict"), self.get(f"/batches/{product}/{lot}")]
        facts = Facts(self.now).add(of)
        self._add_stock(facts, product, lot)
        stays = [row["doc"] for row in self.get("/placements") if row["doc"]["lot"] == lot]
        facts.add(stays)
        facts.numbers.add(float(sum(stay["quantity"] or 0 for stay in stays if stay["to"] is None)))
        facts.add([each for each in self.get("/alerts") if lot in {of["lot"] for of in each["lots"]}])
        exposures = self.get("/exposures", product=product, lot=lot)
        for unit in {each["unit"] for each in exposures}:
            spans = [
                (seconds(e["from"]), seconds(e["to"]) if e["to"] else self.now) for e in exposures if e["unit"] == unit
            ]
            facts.lengths.add(_in_all(spans))
        return self._add_site(facts)

    def of_holds(self):
        """Return the facts about all holds."""
        holds = self.get("/holds")
        facts = Facts(self.now).add(holds)
        for product, lot in {(hold["product"], hold["lot"]) for hold in holds}:
            self._add_stock(facts, product, lot)
        return self._add_site(facts)

    def _add_stock(self, facts, product, lot, known_at=None):
        """Add holds and exposures of a lot in all revisions; `known_at`: those, too, that were on record then."""
        of = {"product": product, "lot": lot}
        holds, exposures = self.get("/holds", **of), self.get("/exposures", **of)
        then = self.get("/exposures", **of, known_at=known_at) if known_at else []
        facts.add([holds, exposures])
        for hold in holds:
            facts.add([self.get(f"/holds/{hold['id']}/{what}") for what in ("revisions", "decisions")])
        for number in {each["id"] for each in [*exposures, *then]}:
            facts.add(self.get(f"/exposures/{number}/revisions"))

    def _add_measured(self, facts, alert):
        """Add the readings of the problem's place, and how much of its time is known."""
        since, until = seconds(alert["since"]), seconds(alert["until"]) if alert["until"] else facts.now
        span = {"since": "2026-01-01T00:00:00Z", "until": _instant(max(until, facts.now) + 1)}
        asked = {"quantity": alert["quantity"] or "temperature", "raw": True, **span}
        history = self.get(f"/locations/{alert['place']}/history", **asked)
        facts.add(history)
        clipped = [_clipped(gap, since, until) for stretch in history["stretches"] for gap in stretch["gaps"]]
        gaps = [end - start for start, end in clipped if end > start]
        # How long nothing had been heard when it was told, since the last value before.
        heard = [point for each in history["stretches"] for line in each["lines"] for point in line["points"]]
        before = [
            seconds(point["at"]) for point in heard if point["last"] is not None and seconds(point["at"]) <= since
        ]
        facts.lengths |= {since - max(before)} if before and alert["direction"] == "silent" else set()
        facts.lengths.add(max(gaps, default=0))
        if until > since:
            facts.numbers.add(round(100 * (1 - sum(gaps) / (until - since)), 1))

    def _add_site(self, facts, **of):
        """Add what the site's own rules say, and what the audit trail has of the record."""
        return facts.add(self.get("/profiles")).add(self.get("/audit", **of))


def _in_all(spans):
    """Return how long it was in all; what overlaps counts once."""
    whole, reach = 0, 0
    for since, until in sorted(spans):
        whole += max(0, until - max(since, reach))
        reach = max(reach, until)
    return whole


def _outside(exposures):
    degrees = round(sum(each["degree_minutes"] for _, each in exposures), 1)
    peaks = [each["peak"] for _, each in exposures if each["peak"] is not None]
    return sum(length for length, _ in exposures) / 60, degrees, max(peaks, default=None)


def _clipped(gap, since, until):
    return max(seconds(gap["from"]), since), min(seconds(gap["to"]), until)


def _instant(at):
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
