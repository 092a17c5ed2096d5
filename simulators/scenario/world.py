"""The physics of a scenario: chambers, probes and their faults, second by second, into samples."""

from collections.abc import Iterator

from simulators.faults.chambers import ChamberFault
from simulators.faults.probes import ProbeFault
from simulators.physics.chamber import STEP_S, Chamber, Trouble
from simulators.physics.probe import Probe, rounded
from simulators.samples import Sample
from simulators.scenario.given import ProbeGiven, Scenario


class World:
    """What is measured, in order of time; without end. The same scenario measures the same, always."""

    def __init__(self, scenario: Scenario) -> None:
        around = {given.id: given.ambient.at for given in scenario.ambients}
        self._chambers: dict[str, Chamber] = {}
        for given in scenario.chambers:
            chamber = Chamber(given.build, around[given.inside], f"{scenario.seed} {given.id}")
            self._chambers[given.id], around[given.id] = chamber, chamber.at
        devices = list(dict.fromkeys(probe.device for probe in scenario.probes))
        self._probes = [
            _Read(given, self._chambers[given.inside], devices.index(given.device), scenario)
            for given in scenario.probes
        ]
        self._faults = [fault for fault in scenario.troubles if isinstance(fault, ChamberFault)]

    def samples(self) -> Iterator[Sample]:
        """Yield everything measured from second 0 on."""
        second = 0
        while True:
            for name, chamber in self._chambers.items():
                chamber.trouble = self._trouble(name, second)
                chamber.step(second)
            second += STEP_S
            for probe in self._probes:
                probe.follow()
                if probe.is_due(second):
                    yield probe.read(second)

    def _trouble(self, name: str, second: int) -> Trouble:
        trouble = Trouble()
        for fault in self._faults:
            if fault.at == name and fault.in_force(second):
                fault.afflict(trouble)
        return trouble


class _Read:
    """A probe that is read now and then."""

    def __init__(self, given: ProbeGiven, chamber: Chamber, number: int, scenario: Scenario) -> None:
        self._given = given
        self._probe = Probe(given.make, chamber, f"{scenario.seed} {given.name}")
        self._number = number
        self._faults = [f for f in scenario.troubles if isinstance(f, ProbeFault) and f.at == given.name]
        self._before: tuple[str | None, str | None] = (None, None)

    def follow(self) -> None:
        self._probe.step()

    def is_due(self, second: int) -> bool:
        """Tell whether it is read now; devices one after the other, so that they do not all speak at once."""
        hurried = self._given.hurried
        every = hurried.every if hurried and second >= hurried.since else self._given.every
        return (second - STEP_S * self._number) % every < STEP_S

    def read(self, second: int) -> Sample:
        faults = [fault for fault in self._faults if fault.in_force(second)]
        value = self._probe.temperature()
        for fault in faults:
            value = fault.measured(value, second)
        texts: list[str | None] = [rounded(value, self._probe.make.resolution), self._probe.humidity()]
        for fault in faults:
            texts = [
                text if text in (None, "") else fault.shown(text, before)
                for text, before in zip(texts, self._before, strict=True)
            ]
        temperature, humidity = texts
        self._before = temperature, humidity
        return Sample(second, self._given.device, self._given.probe, temperature, humidity)
