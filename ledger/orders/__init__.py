"""Orders: placed, reserved, picked, shipped by the one writer, so that two people never get the same unit."""
