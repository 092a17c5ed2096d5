from tests.rules.kinds.case import Case

TOTAL = {"above": "8", "total": "5min"}
IN_TRUCKS = TOTAL | {"at_kinds": ["truck"]}
ALL = {"above": "25", "total": "5min"}
INNER = {
    "id": "inner",
    "kind": "cumulative",
    "quantity": "temperature",
    "above": "8",
    "at_or_below": "25",
    "total": "60min",
    "within": "it",
}
CASES = [
    Case("not enough in all", TOTAL, "9x2 5 9x2 5", []),
    Case("enough in all", TOTAL, "9x2 5 9x3 5", [6]),
    Case("not enough inside the window", TOTAL | {"window": "5min"}, "9x2 5 9x3 5", []),
    Case("enough inside the window", TOTAL | {"window": "6min"}, "9x2 5 9x3 5", [6]),
    Case("a budget within it counts", ALL, "9x2 30x3 5", [5], others=[INNER]),
    Case("both at once count once", {"above": "8", "total": "6min"}, "9x5 5", [], others=[INNER]),
    Case("another budget does not", ALL, "9x2 30x3 5", [], others=[INNER | {"within": None}]),
    Case("elsewhere does not count", IN_TRUCKS, "9x9", [], places={"ROOM": {"kind": "room"}}),
    Case("in a truck it does", IN_TRUCKS, "9x9", [5], places={"ROOM": {"kind": "truck"}}),
]
