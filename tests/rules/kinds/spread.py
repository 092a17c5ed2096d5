from tests.rules.kinds.case import Case

APART = {"by": "2", "for": "5min"}
CASES = [
    Case("as far as allowed", APART, {"S1": "5x10", "S2": "7x10"}, []),
    Case("farther", APART, {"S1": "5x10", "S2": "7.1x10"}, [5]),
    Case("not for so long", APART, {"S1": "5x10", "S2": "8x4 5x6"}, []),
    Case("one alone", APART, "5x10", []),
    Case("one of them says nothing", APART, {"S1": "5x10", "S2": "8x3 !x7"}, []),
    Case("creeping apart unnoticed", APART, {"S1": "5-0.1x21", "S2": "5+0.1x21"}, [16]),
]
