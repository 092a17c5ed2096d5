"""Readings one by one."""
