"""Movements of stock: one to be recorded, and those on record."""
