"""The set-up pages of sensors: the list, and one with where it was installed."""
