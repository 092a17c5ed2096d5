"""Counts: sheets that people fill in, what they found, and what puts it right."""
