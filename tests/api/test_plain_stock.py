"""The API says of random sites what the plain model of stock says: now, of an instant, and as known at another."""

import json
import random
from decimal import Decimal
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.people.tokens import add_token
from domain.errors import ColdchainError
from domain.times import HOUR, format_instant, parse_instant
from ledger.requests import Apply, Item, Override, Record
from sites.file import load
from tests.api.conftest import World
from tests.oracle.stock import instant, printed, stock_at
from tests.oracle.stock_sites import NOW, RandomSite, as_text
from tests.thrift import examples, migrated

FIRST = parse_instant(printed(NOW))


class Live:
    """A random site in the live system, and the lines that it has recorded, each with when."""

    def __init__(self, site, folder, portal):
        self.site = site
        self.world = World(portal, migrated(folder / "live.db"), {})
        with self.world.database.begin() as connection:
            self.world.tokens = {"qa": add_token(connection, "quinn", "qa", None, FIRST)[1]}
        self.world.desk.now = FIRST
        self.api = self.world.api("qa")
        self.ask(Apply(entries=[Item(each.kind, each.doc) for each in load(site.text, "S.yaml")]))
        self.known = []  # of each line

    def ask(self, request):
        self.world.desk.now += HOUR
        return self.world.desk.ask("quinn", request, self.world.desk.now)

    def record(self, line):
        """Record a movement if that is possible, by the plain model too."""
        is_possible = self.site.takes([line])
        try:
            answer = self.ask(Record(movements=[("", as_text(line))], override=Override("it is so")))
        except ColdchainError as error:
            lifts = "reject" in str(error)  # only a decision lifts a rejection here
            assert not is_possible or lifts, (str(error), line)
            return
        assert is_possible, line
        said = json.loads(answer["movements"][0]["recorded"], parse_float=Decimal, parse_int=Decimal)
        at, before = instant(line["at"]), self.site.lines
        given_units, said_units = (stock_at(self.site.world, [*before, each], at).units for each in (line, said))
        assert given_units == said_units
        self.site.lines = [*before, said]
        self.known.append(self.world.desk.now)

    def known_at(self, at):
        """The lines that were recorded by an instant."""
        return [line for line, known in zip(self.site.lines, self.known, strict=True) if known <= at]

    def answer(self, asked, **instants):
        """The answer over HTTP."""
        asked = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in asked.items()}
        kind, instants = asked.pop("ask"), {name: format_instant(value) for name, value in instants.items()}
        if kind == "recall":
            answer = self.api.post("/recall", {**asked, **instants})
        elif kind == "count":
            answer = self.api.get(f"/counts/{asked['movement']}", **instants)
        elif kind in ("balance", "trace"):
            product, lot = (quote(asked.pop(name)) for name in ("product", "lot"))
            unit = {"unit": asked.pop("unit") or ""} if "unit" in asked else {}
            answer = self.api.get(f"/batches/{product}/{lot}/{kind}", **asked, **unit, **instants)
        else:
            answer = self.api.get(f"/{kind}", **asked, **instants)
        assert answer.is_success, (answer.text, asked)
        found = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
        assert found.pop("not_covered") == []
        return {name: value for name, value in found.items() if name not in ("at", "links")}

    def check(self, known_at=None, reserved=None):
        """Hold answers against the plain model's: now, or as known at an instant; of that and of others."""
        lines = self.site.lines if known_at is None else self.known_at(known_at)
        now = self.world.desk.now if known_at is None else known_at
        known = {} if known_at is None else {"known_at": known_at}
        for question, at in self.site.questions(lines):
            asked = {name: value for name, value in question.items() if name != "at"}
            of_an_instant = "at" in question and parse_instant(printed(at)) < now
            instants = {"at": parse_instant(printed(at))} if of_an_instant else {}
            stock = stock_at(self.site.world, lines, at if of_an_instant else instant(format_instant(now)))
            expected = stock.answer(asked, reserved=None if of_an_instant else reserved)
            found = self.answer(asked, **known, **instants)
            assert found == json.loads(as_text(expected), parse_float=Decimal, parse_int=Decimal), (question, known)

    def reserve(self):
        """Order and reserve; return what is reserved, held against what the plain model picks."""
        wanted = {"ask": "pick", "product": "VAX", "quantity": Decimal(30), "for": "CITY"}
        stock = stock_at(self.site.world, self.site.lines, instant(format_instant(self.world.desk.now)))
        picked = stock.answer(wanted)["lines"]
        order = {"id": "SO-1", "for": "CITY", "lines": [{"product": "VAX", "quantity": 30}]}
        self.api.post("/orders", order).raise_for_status()
        order = self.api.post("/orders/SO-1/reserve", {}).raise_for_status().json()["order"]
        reserved = {("VAX", each["lot"], each["unit"]): each["quantity"] for each in picked}
        kept = order["reservations"]
        found = {(each["product"], each["lot"], each["unit"]): Decimal(str(each["quantity"])) for each in kept}
        assert found == reserved
        return reserved


@settings(max_examples=examples(6), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=True))
def test_answers_are_those_of_the_plain_model(tmp_path_factory, portal, chance: random.Random):
    live = Live(RandomSite(chance), tmp_path_factory.mktemp("live"), portal)
    for _ in range(chance.randint(5, 25)):
        live.record(live.site.possible() or live.site.movement())
    live.check()
    for known_at in chance.sample(live.known, min(2, len(live.known))):
        live.check(known_at)
    live.check(reserved=live.reserve())
    live.world.database.close()
