"""One value a topic, as text and without a time."""

from collections.abc import Iterator, Sequence

from simulators.formats.spoken import Message, Spoken, Style

QUANTITIES = ("temperature", "humidity")


def scalars(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`<topic>/<device>/temperature` with `4.2`."""
    for spoken, quantity, text in _texts(style, heard):
        yield Message(f"{style.topic}/{spoken.sample.device}/{quantity}", text.encode(), (spoken,))


def esphome(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`<topic>/<device>/sensor/<probe>_temperature/state` with `4.2`, as ESPHome has it."""
    for spoken, quantity, text in _texts(style, heard):
        name = "_".join(filter(None, (spoken.sample.probe, quantity)))
        yield Message(f"{style.topic}/{spoken.sample.device}/sensor/{name}/state", text.encode(), (spoken,))


def _texts(style: Style, heard: Sequence[Spoken]) -> Iterator[tuple[Spoken, str, str]]:
    for spoken in heard:
        for quantity, text in zip(QUANTITIES, (spoken.sample.temperature, spoken.sample.humidity), strict=True):
            if style.is_sent(text):
                only = spoken._replace(sample=spoken.sample.only(quantity))
                yield only, quantity, style.fault if text is None else text
