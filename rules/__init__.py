"""Deciding: from readings and histories to excursions, exposures and verdicts."""
