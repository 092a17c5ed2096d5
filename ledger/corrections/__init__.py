"""Changes to what was believed, and what they are the cause of."""
