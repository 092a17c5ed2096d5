"""Rows for files and for other programs."""
