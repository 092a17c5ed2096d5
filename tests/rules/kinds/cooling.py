from tests.rules.kinds.case import Case

FOOD = {"from": "57", "reach": ["21 in 20min", "5 in 60min"]}
CASES = [
    Case("in time", FOOD, "57 50x19 21 15x39 5", []),
    Case("the first target too late", FOOD, "57 50x20 21 15x38 5", [20]),
    Case("the second target too late", FOOD, "57 50x19 21 15x40 5", [60]),
    Case("both", FOOD, "57 50x70", [20, 60]),
    Case("never hot", FOOD, "56.9 50x70", []),
    Case("from above: from when it came down", FOOD, "60x5 50x25", [25]),
    Case("heated again in time", FOOD, "57 50x10 60x5 20x30", []),
    Case("unknown goes on counting", FOOD, "60 !x25", [21]),
]
