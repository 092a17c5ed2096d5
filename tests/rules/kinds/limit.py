from tests.rules.kinds.case import Case

WARM = {"above": "8", "for": "5min"}
CASES = [
    Case("just below its time", WARM, "9x4 5", []),
    Case("at its time", WARM, "9x5 5", [5]),
    Case("at the bound", WARM, "8x9 5", []),
    Case("a band", {"above": "8", "at_or_below": "25"}, "26 25 5", [1]),
]
