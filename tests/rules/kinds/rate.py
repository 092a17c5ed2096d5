from tests.rules.kinds.case import Case

RISE = {"rise": "6", "window": "10min"}  # 0.1 a minute
CASES = [
    Case("as fast as allowed", RISE, "5+0.1x20", []),
    Case("faster", RISE, "5+0.11x20", [5]),
    Case("falling is not rising", RISE, "9-0.2x20", []),
    Case("falling", {"fall": "6", "window": "10min"}, "9-0.2x20", [5]),
    Case("a door opened for two minutes in ten", RISE, "5x10 7 9 5x10", []),
    Case("alternating noise", RISE, "5 6 5 6 5 6 5 6 5 6 5 6 5 6 5 6 5 6 5 6", []),
    Case("too few readings", RISE | {"min_readings": "12"}, "5+0.2x30", []),
    Case("for a while", RISE | {"for": "5min"}, "5+0.2x12 8x9", [10]),
    Case("not for so long", RISE | {"for": "15min"}, "5+0.2x12 8x9", []),
    Case("a fault begins anew", RISE, "5+0.2x4 ! 6+0.2x5", []),
]
