"""One problem: what was exposed, what was known and done when, and why."""
