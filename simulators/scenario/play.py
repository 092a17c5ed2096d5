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

Action = Callable[[], None]


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

    actions: list[tuple[int, Action]] = []
    if publisher is not None:
        actions += [(sent.second, partial(publish, sent)) for sent in performance.sent]
    if api is not None:
        actions += [(call.second, partial(tell, api, call)) for call in performance.carried.calls]
    actions.sort(key=lambda action: action[0])
    play_in_turn(_turns(actions, speed), lambda action: action(), time.monotonic, time.sleep)
    if publisher is not None:
        publisher.drain()


def _turns(actions: list[tuple[int, Action]], speed: float | None) -> Iterator[tuple[float, Action]]:
    for second, action in actions:
        yield (0.0 if speed is None else second / speed), action


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
