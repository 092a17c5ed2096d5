"""Turnover of a product, as numbers and a chart."""
