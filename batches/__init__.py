"""Batch tracking: numbering, genealogy, recall."""
