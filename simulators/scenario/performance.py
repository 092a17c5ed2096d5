"""A scenario at a definite time: its site file, everything that is sent and told, and what must be found of it."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import takewhile

from simulators.errors import InputError
from simulators.samples import Sample
from simulators.scenario.given import Scenario
from simulators.scenario.messages import Sent, messages
from simulators.scenario.site import Description, describe, render
from simulators.scenario.stock import Carried, carry
from simulators.scenario.world import World
from simulators.times import SECOND
from simulators.truth import Stamped, find

# What goes on after the end of a scenario is made in pieces of this length.
PIECE_S = 600


class Performance:
    """The scenario that begins at an instant; all that is random in it is the same every time."""

    def __init__(self, scenario: Scenario, start: int, **words: str) -> None:
        """Read the site file, `words` filled in. Raises InputError."""
        self.scenario = scenario
        self.start = start
        self.site_text = render(scenario.site_template, start, **words)
        self.carried: Carried = carry(self.site, scenario.moves, start)

    @cached_property
    def site(self) -> Description:
        """The site file as plain data."""
        return describe(self.site_text)

    @cached_property
    def sent(self) -> list[Sent]:
        """All messages of the scenario in the order in which they are sent."""
        last = self.scenario.lasts
        samples = takewhile(lambda sample: sample.second <= last, World(self.scenario).samples())
        return messages(self.scenario, samples, self.start)

    def endless(self) -> Iterator[Sent]:
        """Yield the messages of the scenario, and what comes after it, without end."""
        samples = World(self.scenario).samples()
        sample = next(samples)
        last = self.scenario.lasts
        while True:
            piece: list[Sample] = []
            while sample.second <= last:
                piece.append(sample)
                sample = next(samples)
            yield from messages(self.scenario, piece, self.start)
            last += PIECE_S

    def truth(self, sent: Iterable[Sent], until: int, arrives: Callable[[int], int]) -> str:
        """Return the truth file of what was sent; `arrives` says when what is sent at a second arrives.

        Raises InputError for what cannot be judged with certainty.
        """
        stamped = [
            Stamped(said.device, said.probe, said.quantity, said.at, said.value, arrives(each.second))
            for each in sent
            for said in each.says
        ]
        try:
            found = find(self.site, self.carried.placements, stamped, until)
        except (KeyError, ValueError) as error:
            raise InputError(f"site: {self.scenario.site} cannot be judged: {error}") from None
        return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def begins(scenario: Scenario, speed: float | None, now: int) -> int:
    """Return when a scenario begins that does not say so: so that it ends in the present or, played in time, begins in
    it; never is anything sent before it was measured."""
    if scenario.starts is not None:
        return scenario.starts
    lasts = scenario.lasts * SECOND
    whole_now = now // SECOND * SECOND
    if speed is None:
        return whole_now - lasts
    return whole_now - lasts + round(lasts / speed) if speed >= 1 else whole_now
