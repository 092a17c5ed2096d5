from tests.rules.kinds.case import Case

MEAN = {"above": "8", "window": "10min"}
CASES = [
    Case("not yet half the window known", MEAN, "9x5", []),
    Case("half the window known", MEAN, "9x6", [5]),
    Case("a constant at the limit", MEAN, "8x20", []),
    Case("warm time weighs more than cold time", MEAN, "6x5 9.8x6", [10]),
    Case("cold time buys no warm time above the floor", MEAN | {"floor": "7.9"}, "2x8 9x3", [9]),
    Case("without a floor it does", MEAN, "2x8 9x3", []),
    Case("USP cold chain: 24 hours, 8 °C", {"method": "usp-cold-chain"}, "9x719 _x2", []),
    Case("USP cold chain: from half of it on", {"method": "usp-cold-chain"}, "9x722", [720]),
    Case("USP room temperature is not asked so soon", {"method": "usp-room-temperature"}, "26x900", []),
]
