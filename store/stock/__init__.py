"""Stock that movements make: what was recorded, and where each unit was after each movement."""
