"""Counting: sheets, discrepancies, adjustments."""
