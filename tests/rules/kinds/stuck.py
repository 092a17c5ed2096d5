from tests.rules.kinds.case import Case

SAME = {"for": "10min"}
CASES = [
    Case("changed in time", SAME, "5x10 5.1", []),
    Case("the same for its time", SAME, "5x11 5.1", [10]),
    Case("changed at the very instant", SAME, "5x10 6", []),
    Case("within the resolution", SAME | {"resolution": "0.1"}, "5 5.1 5 5.1 5 5.1 5 5.1 5 5.1 5 9", [10]),
    Case("beyond the resolution", SAME | {"resolution": "0.1"}, "5 5.2 5 5.2 5 5.2 5 5.2 5 5.2 5 9", []),
    Case("a fault begins anew", SAME, "5x6 ! 5x6 6", []),
    Case("once per stretch", SAME, "5x30 6 5x5", [10]),
    Case("between two readings", SAME, "5 _x14 5", [10]),
    Case("one of two sensors", SAME, {"S1": "5+0.1x20", "S2": "4x12 5+0.1x8"}, [10]),
]
