"""Telling: the outbox and its channels."""
