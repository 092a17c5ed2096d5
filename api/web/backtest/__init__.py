"""Trying a profile on the recorded past, and activating it."""
