from tests.rules.kinds.case import Case

NEAR = {"margin": "2"}
# Magnus: at 20 °C and 88 % the dew point is 17.96 °C, at 89 % 18.14 °C; at 20 °C and 37 % it is 4.83 °C.
CASES = [
    Case("far enough below the air", NEAR, {"S1": "20x5", "S1 humidity": "88x5"}, []),
    Case("too near to the air", NEAR, {"S1": "20x5", "S1 humidity": "88 89 88x3"}, [1]),
    Case("far enough below a surface", {"margin": "0", "surface": "5"}, {"S1": "20x5", "S1 humidity": "37x5"}, []),
    Case("above a surface", {"margin": "0", "surface": "4.8"}, {"S1": "20x5", "S1 humidity": "37x5"}, [0]),
    Case("at the air's own temperature", {"margin": "0"}, {"S1": "20x5", "S1 humidity": "99 100 99x3"}, [1]),
    Case("for a while", NEAR | {"for": "3min"}, {"S1": "20x9", "S1 humidity": "88 95x2 88 95x4"}, [7]),
    Case("a humidity with every temperature", NEAR, {"S1": "20x5", "S2 humidity": "95x5"}, [0]),
    Case("a humidity without a temperature", NEAR, {"S1": "!x5", "S2 humidity": "95x5"}, []),
]
