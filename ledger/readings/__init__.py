"""Readings: taken from messages and files, derived again from the journal."""
