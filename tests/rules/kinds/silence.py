from tests.rules.kinds.case import Case

CASES = [
    Case("heard in time", {"after": "5min"}, "5 _x4 5", []),
    Case("not heard for its time", {"after": "5min"}, "5 _x5 5", [5]),
    Case("faults are no values", {"after": "5min"}, "5 !x6", [5]),
    Case(
        "what is implausible is no value",
        {"after": "5min"},
        "5 85x6",
        [5],
        others=[{"id": "p", "kind": "plausible", "quantity": "temperature"}],
    ),
]
