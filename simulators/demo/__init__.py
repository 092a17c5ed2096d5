"""The demonstration that `make run` starts: a small site, its last 24 hours, and what happens next."""
