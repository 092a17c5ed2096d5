"""Measuring: ratios against peers from one run."""
