"""The story laid on the real clock: what each place's gateway publishes, and when."""

from collections.abc import Callable, Iterator
from itertools import chain

from simulators.demo.story import DEVICES, Sample, Story
from simulators.payload import Report, encode
from simulators.times import HOUR, SECOND

HISTORY = 24 * HOUR
_PLACES = {device.name: device.chamber for device in DEVICES}


class Gateways:
    """Publishes what was measured since 24 hours before the start, each reading as soon as its time has come."""

    def __init__(self, story: Story, start: int, warm_since: int) -> None:
        """Lay the story so that the first reading above the limit is measured at the instant `warm_since`."""
        before: list[Sample] = []
        for sample in story:
            before.append(sample)
            if story.warm_since is not None:
                self._offset = warm_since - story.warm_since * SECOND
                break
        reports = map(self._report, chain(before, story))
        self._reports: Iterator[Report] = (report for report in reports if report.at >= start - HISTORY)
        self._next = next(self._reports)

    def publish_due(self, publish: Callable[[str, bytes], None], now: int) -> int:
        """Publish what was measured until now; return how many messages that were."""
        count = 0
        while self._next.at <= now:
            self.knock(publish)
            self._next = next(self._reports)
            count += 1
        return count

    def knock(self, publish: Callable[[str, bytes], None]) -> str:
        """Publish the next reading without going on, to see whether anybody listens; return the device's name."""
        device = self._next.device
        publish(f"demo/{_PLACES[device]}/readings", encode(self._next))
        return device

    def _report(self, sample: Sample) -> Report:
        return Report(self._offset + sample.second * SECOND, sample.device, sample.temperature, sample.humidity)
