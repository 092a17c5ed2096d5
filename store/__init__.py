"""Remembering: journal, readings and everything that must change together."""
