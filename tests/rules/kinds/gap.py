from tests.rules.kinds.case import Case

UNKNOWN = {"total": "10min", "quantity": "temperature"}
SHORT = {"max_gap": "2min"}
CASES = [
    Case("unknown not long enough in all", UNKNOWN, "5 _x6 5 _x5 5", [], SHORT),
    Case("unknown long enough in all", UNKNOWN, "5 _x6 5 _x7 5", [14], SHORT),
    Case("not inside the window", UNKNOWN | {"window": "10min"}, "5 _x6 5 _x7 5", [], SHORT),
    Case("going on", UNKNOWN, "5 _x20", [12], SHORT, until=15),
    Case("just before", UNKNOWN, "5 _x20", [], SHORT, until=11.99),
    Case("safe is known", UNKNOWN, "5 _x20 5", [], SHORT | {"gap_counts_as": "safe"}),
    Case("nowhere is unknown", UNKNOWN, "5x40", [15], stays=("A ROOM 0..5", "A ROOM 15..")),
    Case("no quantity: those of the limits", {"total": "10min"}, "5 _x20", [], SHORT, until=15),
]
