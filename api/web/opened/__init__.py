"""When a unit was opened or thawed."""
