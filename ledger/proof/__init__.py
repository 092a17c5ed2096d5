"""Proving what is stored: against the record that is chained, and against what follows from it."""
