"""How numbers read in a sentence, and the sentence of every kind."""

import pytest

from rules.kinds.base import KINDS
from rules.messages.words import describe_duration, per
from tests.rules.kinds.test_contract import _cases_of, _firings

_DAY = "2026-01-01"
# of the first case of each kind that fires
SENTENCES = {
    "cooling": f"still 50.0 °C 20 min after 57.0 °C at {_DAY} 00:00Z, limit 21.0 °C",
    "cumulative": f"above 8.0 °C for 5 min in all by {_DAY} 00:06Z, limit 5 min, peak 9.0 °C",
    "dew": f"dew point up to 18.13 °C, less than 2 K below the air, for 1 min from {_DAY} 00:01Z",
    "gap": f"temperature unknown for 11 min in all by {_DAY} 00:15Z, limit 10 min",
    "life": f"100.00 % of the shelf life used by {_DAY} 00:10Z, limit 100 % (1h at 25.0 °C, 10min at 37.0 °C)",
    "limit": f"above 8.0 °C for 5 min from {_DAY} 00:00Z, limit 5 min, peak 9.0 °C",
    "mkt": f"mean kinetic temperature 9.0 °C over 10 min to {_DAY} 00:05Z, limit 8.0 °C "
    "(time-weighted, ΔH 83.144 kJ/mol, 5 readings, 50.00 % known)",
    "plausible": f"temperature of −127.0 °C is no measurement, for 1 min from {_DAY} 00:01Z",
    "rate": f"rising by 6.60 °C per hour at {_DAY} 00:05Z, for 14 min from {_DAY} 00:05Z, limit 6.0 °C per hour",
    "silence": f"no value for 6 min from {_DAY} 00:00Z, limit 5 min",
    "spread": f"sensors up to 2.1 °C apart for 9 min from {_DAY} 00:00Z, limit 2.0 °C for 5 min",
    "stuck": f"temperature unchanged at 5.0 °C for 11 min by {_DAY} 00:11Z, limit 10 min",
}


@pytest.mark.parametrize("kind", KINDS.names())
def test_every_kind_tells_in_one_sentence_what_was_measured_against_what(kind: str) -> None:
    first = next(case for case in _cases_of(kind) if case.fires)
    assert _firings(kind, first)[0].sentence == f"it: {SENTENCES[kind]}"


@pytest.mark.parametrize("kind", KINDS.names())
def test_the_span_of_the_readings_that_were_used_is_told(kind: str) -> None:
    firing = _firings(kind, next(case for case in _cases_of(kind) if case.fires))[0]
    assert firing.why["readings_from"] <= firing.why["readings_to"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.5, "30 s"),
        (75.0, "75 min"),
        (2.5, "2.5 min"),
        (13.1, "13 min"),
        (179.96, "180 min"),
        (180.0, "3 h"),
        (750.0, "12 h 30 min"),
        (4319.0, "71 h 59 min"),
        (43440.0, "30 d 4 h"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(minutes: float, words: str) -> None:
    assert describe_duration(minutes) == words


def test_a_rate_is_per_hour_or_per_a_length() -> None:
    assert (per(3_600_000_000), per(1_800_000_000)) == ("hour", "30 min")
