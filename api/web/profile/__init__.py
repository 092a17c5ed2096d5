"""The page of a profile version."""
