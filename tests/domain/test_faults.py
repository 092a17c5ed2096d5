"""Faults: the words that devices say, and the kind in a reading's flags."""

import pytest

from domain.faults import EXPLAINED, MASK, Fault, fault_in, fault_of, in_flags
from domain.readings import NOT_JUDGED, Flag


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("OL", Fault.OPEN_CIRCUIT),
        (" ol ", Fault.OPEN_CIRCUIT),
        ("NC", Fault.OPEN_CIRCUIT),
        ("Open-Circuit", Fault.OPEN_CIRCUIT),
        ("short", Fault.SHORT_CIRCUIT),
        ("LO", Fault.BELOW_RANGE),
        ("UR", Fault.BELOW_RANGE),
        ("HI", Fault.ABOVE_RANGE),
        ("Or", Fault.ABOVE_RANGE),
        ("---", Fault.NO_VALUE),
        ("--.-", Fault.NO_VALUE),
        ("--- °C", Fault.NO_VALUE),
        ("nan %RH", Fault.NO_VALUE),
        ("", Fault.NO_VALUE),
        ("N/A", Fault.NO_VALUE),
        ("#N/A", Fault.NO_VALUE),
        ("Err", Fault.SENSOR_ERROR),
        ("Err: 12", Fault.SENSOR_ERROR),
        ("[fault]", Fault.SENSOR_ERROR),
        ("-inf", Fault.IMPOSSIBLE),
        ("Fühlerbruch", Fault.OPEN_CIRCUIT),
        ("pas de sonde", Fault.OPEN_CIRCUIT),
        ("断線", Fault.OPEN_CIRCUIT),
        ("Kurzschluss", Fault.SHORT_CIRCUIT),
        ("court-circuit", Fault.SHORT_CIRCUIT),
        ("FEHLER", Fault.SENSOR_ERROR),
        ("Erreur 4", Fault.SENSOR_ERROR),
        ("E1", Fault.SENSOR_ERROR),
        ("ошибка", Fault.SENSOR_ERROR),
        ("k. A.", Fault.NO_VALUE),
        ("sin datos", Fault.NO_VALUE),
        ("#WERT!", Fault.NO_VALUE),
        ("-1.#IND", Fault.NO_VALUE),
        ("OVL", Fault.ABOVE_RANGE),
        ("1e1", None),
        ("warm", None),
        ("5.0", None),
        ("-5", None),
        ("o" * 50, None),
    ],
)
def test_a_word_for_no_value_is_a_fault_with_a_name(text: str, fault: Fault | None) -> None:
    assert fault_in(text) == fault


def test_the_kind_lies_beside_the_marks_and_every_kind_is_explained() -> None:
    assert not any(MASK & flag for flag in Flag)
    assert EXPLAINED.keys() == set(Fault)
    for fault in Fault:
        flags = in_flags(fault) | Flag.HISTORICAL
        assert fault_of(flags) == fault
        assert not flags & NOT_JUDGED
    assert fault_of(200 << 16) == Fault.UNKNOWN
