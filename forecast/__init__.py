"""What will be if nobody acts: when a place that warms or cools reaches a limit, and which units are at risk. Pure.

Times here are seconds and values °C (or %) as floats in numpy arrays: a forecast is an estimate, not a record.
"""
