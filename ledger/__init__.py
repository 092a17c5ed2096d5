"""The one writer of the truth."""
