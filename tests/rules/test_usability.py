"""May a unit be used, and if not, why: what blocks comes first, and a person's decision stands for its rules."""

from typing import NamedTuple

import pytest

from rules.usability import CODES, Usability, usability


class Held(NamedTuple):
    rule: str
    status: str


class Triggered(NamedTuple):
    rule: str
    action: str


HELD, UNFOUNDED = Held("warm", "held"), Held("warm", "unfounded")
REJECTED, RELEASED = Held("warm", "rejected"), Held("warm", "released")
WARM, COLD, ASKS = Triggered("warm", "hold"), Triggered("cold", "hold"), Triggered("warm", "review")


@pytest.mark.parametrize(
    ("holds", "triggered", "more", "code"),
    [
        ([UNFOUNDED, HELD, REJECTED], [WARM], {}, "held"),
        ([UNFOUNDED, REJECTED], [], {}, "unfounded"),
        ([REJECTED, RELEASED], [WARM], {}, "rejected"),
        ([], [WARM], {}, "hold"),
        ([RELEASED], [WARM, COLD], {}, "hold"),
        ([RELEASED], [WARM], {"is_expired": True}, "expired"),
        ([], [], {"is_expired": True, "is_outside": True}, "expired"),
        ([HELD], [], {"blocked": "recalled"}, "held"),
        ([RELEASED], [WARM, COLD], {"blocked": "recalled", "is_expired": True}, "recalled"),
        ([RELEASED], [WARM], {"blocked": "rejected"}, "rejected"),
        ([], [WARM], {"blocked": "not_released"}, "hold"),
        ([RELEASED], [WARM], {"blocked": "not_released", "is_expired": True}, "not_released"),
        ([RELEASED], [WARM, ASKS], {}, "released"),
        ([RELEASED], [ASKS], {}, "review"),
        ([], [ASKS], {"is_outside": True}, "review"),
        ([], [], {"is_outside": True, "verdict": "unknown"}, "outside"),
        ([RELEASED], [], {"verdict": "unknown"}, "unknown"),
        ([RELEASED], [], {"verdict": "ok"}, "released"),
        ([], [], {"verdict": "ok"}, "ok"),
        ([], [], {}, "ok"),
    ],
)
def test_the_first_reason_that_applies_is_the_answer(holds, triggered, more, code):
    assert usability(holds, triggered, **more).code == code


def test_what_is_held_blocked_expired_or_to_be_held_may_not_be_used():
    forbidden = [code for code in CODES if not Usability(code).may_be_used]
    by_status = ["recalled", "quarantined", "blocked_source"]
    assert forbidden == ["held", "unfounded", "rejected", *by_status, "hold", "not_released", "expired"]
    assert [code for code in CODES if Usability(code).is_clear] == ["released", "ok"]
    assert [code for code in CODES if Usability(code).is_on_hold] == ["held", "unfounded"]


def test_every_reason_has_words_of_its_own():
    assert len({Usability(code).words for code in CODES}) == len(CODES)
    assert Usability("held").words == "on hold"
