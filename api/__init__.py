"""Answering: HTTP API and pages."""
