"""The page of a place: its sensors, what stands and stood in it, its problems and its profile."""
