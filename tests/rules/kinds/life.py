from tests.rules.kinds.case import Case

TABLE = {"table": ["37 = 10min", "25 = 60min"], "studied_from": "2", "studied_to": "40"}
Q10 = {"life": "80min", "reference": "5", "q10": "2", "studied_from": "0", "studied_to": "60"}
CASES = [
    Case("not used up", TABLE, "37x9 25", []),
    Case("used up", TABLE, "37x11", [10]),
    Case("adding up: a half and a half", TABLE, "37x5 25x31", [35]),
    Case("a share left", TABLE | {"left": "0.5"}, "37x6", [5]),
    Case("warmer than was studied", TABLE, "25 41 25", [1]),
    Case("colder than was studied", TABLE, "25 1 25", [1]),
    Case("Q10: three times ten degrees, an eighth of the life", Q10, "35x12", [10]),
    Case("Q10: one millisecond before", Q10, "35x12", [], until=9.9999),
    Case("a vaccine vial monitor", {"table": "VVM2", "studied_from": "0"}, "25x60", []),
]
