"""A scenario played: messages to the broker, moves to the API, each at its turn."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from simulators.api import Api
from simulators.errors import ProductError, UnavailableError
from simulators.mqtt import Publisher
from simulators.replay import play_in_turn
from simulators.scenario.messages import Sent
from simulators.scenario.performance import Performance
from simulators.scenario.stock import Call
from simulators.times import SECOND

# How long the program may be away before a move cannot be told.
PATIENCE_S = 120.0
AGAIN_S = 0.5

Deed = Callable[[], None]


def perform(
    performance: Performance,
    publisher: Publisher | None,
    api: Api | None,
    speed: float | None,
    show: Callable[[int], None],
) -> None:
    """Send and tell everything; `speed` None: as fast as it goes. `show` hears the instant of each message.

    Raises SimulatorError.
    """

    def publish(sent: Sent) -> None:
        assert publisher is not None
        publisher.publish(sent.topic, sent.payload)
        show(performance.start + sent.second * SECOND)

    deeds: list[tuple[int, Deed]] = []
    if publisher is not None:
        deeds += [(sent.second, partial(publish, sent)) for sent in performance.sent]
    if api is not None:
        deeds += [(call.second, partial(tell, api, call)) for call in performance.carried.calls]
    deeds.sort(key=lambda deed: deed[0])
    play_in_turn(_turns(deeds, speed), lambda deed: deed(), time.monotonic, time.sleep)
    if publisher is not None:
        publisher.drain()


def _turns(deeds: list[tuple[int, Deed]], speed: float | None) -> Iterator[tuple[float, Deed]]:
    for second, deed in deeds:
        yield (0.0 if speed is None else second / speed), deed


def tell(api: Api, call: Call) -> None:
    """Tell a move; while a part is being started again, again and again. Raises ProductError."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            api.post(call.path, call.body)
            return
        except UnavailableError as error:
            if time.monotonic() > deadline:
                raise ProductError(f"for {PATIENCE_S:g} s: {error}") from None
            time.sleep(AGAIN_S)
