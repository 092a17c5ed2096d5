from tests.rules.kinds.case import Case

WARM = {"id": "warm", "kind": "limit", "quantity": "temperature", "above": "8"}
IT = {"quantity": "temperature"}
CASES = [
    Case("a sentinel", IT, "5 -127 5", [1], others=[WARM]),
    Case("no sentinel", IT, "5 -126 5", []),
    Case("sentinels of its own", IT | {"sentinels": ["7", "-1"]}, "5 85 7 5", [2]),
    Case("outside the range", IT | {"from": "-40", "to": "60"}, "5 60 60.1 5", [2]),
    Case("for a while", IT | {"for": "3min"}, "5 85x3 5 85x2 5", [4]),
]
