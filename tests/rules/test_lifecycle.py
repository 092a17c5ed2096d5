"""The state of a problem: every transition of ISA-18.2's diagram, as a table."""

import pytest

from rules.alarms.lifecycle import Suppression, state_of, suppression_of

BEGINS, ACKNOWLEDGED, ENDS = 100, 200, 300


def state(now, *, until=ENDS, acknowledged=None, founded=True, suppressed=()):
    return state_of(BEGINS, until, acknowledged_at=acknowledged, founded=founded, suppressions=suppressed, now=now)


def over(state, since, until, reason="why"):
    return Suppression(state, since, until, reason)


TRANSITIONS = [
    # letters as in the standard's diagram: A normal, B unacknowledged, C acknowledged, D returned-unacknowledged
    ("A→B it begins", {}, [(99, "NORM"), (100, "UNACK")]),
    ("B→C somebody acknowledges", {"acknowledged": 200}, [(199, "UNACK"), (200, "ACKED")]),
    ("C→A it ends", {"acknowledged": 200}, [(299, "ACKED"), (300, "NORM")]),
    ("B→D it ends unacknowledged", {}, [(299, "UNACK"), (300, "RTNUN")]),
    ("D→A somebody acknowledges", {"acknowledged": 400}, [(399, "RTNUN"), (400, "NORM")]),
    ("B goes on", {"until": None}, [(100, "UNACK"), (10_000, "UNACK")]),
    ("unfounded is no problem", {"founded": False}, [(100, "NORM"), (250, "NORM"), (400, "NORM")]),
    *[
        row
        for word in ("SHLVD", "DSUPR", "OOSRV")
        for row in [
            (f"B→{word}→B", {"suppressed": [over(word, 150, 250)]},
             [(149, "UNACK"), (150, word), (249, word), (250, "UNACK")]),
            (f"C→{word}→C", {"acknowledged": 120, "suppressed": [over(word, 150, 250)]},
             [(149, "ACKED"), (150, word), (250, "ACKED")]),
            (f"A→{word} it begins meanwhile", {"suppressed": [over(word, 50, 250)]},
             [(50, "NORM"), (100, word), (250, "UNACK")]),
            (f"{word}→A it ends meanwhile", {"suppressed": [over(word, 250, 350)]},
             [(249, "UNACK"), (299, word), (300, "NORM"), (350, "NORM")]),
            (f"{word} ends with it", {"suppressed": [over(word, 250, 300)]}, [(299, word), (300, "NORM")]),
            (f"{word} begins when it ends", {"suppressed": [over(word, 300, 400)]}, [(299, "UNACK"), (300, "RTNUN")]),
            (f"{word} is over before", {"suppressed": [over(word, 0, 100)]}, [(100, "UNACK")]),
            (f"unfounded while {word}", {"founded": False, "suppressed": [over(word, 0, 400)]}, [(200, "NORM")]),
        ]
    ],
    (
        "design comes before a shelf, service before both",
        {"until": None, "suppressed": [over("OOSRV", 130, 140), over("SHLVD", 110, 160), over("DSUPR", 120, 150)]},
        [(110, "SHLVD"), (120, "DSUPR"), (130, "OOSRV"), (140, "DSUPR"), (150, "SHLVD"), (160, "UNACK")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), [row[1:] for row in TRANSITIONS], ids=[row[0] for row in TRANSITIONS])
def test_a_problem_goes_from_state_to_state_as_the_standard_says(given, said):
    assert [(now, state(now, **given)) for now, _ in said] == said


def test_of_two_alike_the_one_that_lasts_longer_counts():
    short, long = over("SHLVD", 0, 200, "a"), over("SHLVD", 0, 300, "b")
    assert suppression_of(None, [long, short], 100) == long


def test_what_was_in_force_when_it_ended_still_tells_why_nobody_heard():
    window = over("DSUPR", 250, 350)
    assert suppression_of(ENDS, [window], 10_000) == window
    assert suppression_of(None, [window], 10_000) is None
