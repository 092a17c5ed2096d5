"""A new batch, with the number that it would get."""
