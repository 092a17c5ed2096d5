"""What chambers are made of. A scenario names a kind and changes what differs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A chamber's properties; without a set point nothing cools it."""

    set_point: float | None  # °C
    hysteresis: float = 0.7  # K to both sides of the set point
    air: float  # J/K: air, walls and shelves
    stock: float  # J/K: what stands in it
    leak: float  # W/K to what is around it, doors closed
    exchange: float  # W/K between air and stock while the fan runs
    cooling: float = 0.0  # W
    defrost_every_s: int = 0  # 0: never
    defrost_s: int = 0
    defrost_heat: float = 0.0  # W that reach the air
    doors_a_day: float = 0.0  # all of them in working hours
    door_s: tuple[int, int] = (20, 120)


BUILDS = {
    "hall": Build(set_point=None, air=6e6, stock=4e7, leak=900.0, exchange=400.0),
    "room": Build(
        set_point=5.0, air=3e5, stock=2.1e6, leak=38.0, exchange=80.0, cooling=1500.0, doors_a_day=10, door_s=(20, 90)
    ),
    "fridge": Build(
        set_point=5.0, air=2e4, stock=1.5e5, leak=1.5, exchange=8.0, cooling=120.0, doors_a_day=12, door_s=(10, 40)
    ),
    "freezer": Build(
        set_point=-22.0,
        hysteresis=1.0,
        air=2.5e5,
        stock=1.5e6,
        leak=20.0,
        exchange=60.0,
        cooling=2200.0,
        defrost_every_s=8 * 3600,
        defrost_s=15 * 60,
        defrost_heat=500.0,
        doors_a_day=4,
    ),
    "ultra": Build(
        set_point=-75.0,
        hysteresis=1.5,
        air=3e4,
        stock=4e5,
        leak=1.1,
        exchange=6.0,
        cooling=260.0,
        doors_a_day=2,
        door_s=(15, 45),
    ),
    "truck": Build(
        set_point=4.5,
        air=1.5e5,
        stock=9e5,
        leak=30.0,
        exchange=50.0,
        cooling=1800.0,
        doors_a_day=6,
        door_s=(60, 240),
    ),
}
