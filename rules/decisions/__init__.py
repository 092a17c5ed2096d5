"""Releases that people signed: what each covers, and when more is known than it does."""
