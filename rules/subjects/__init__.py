"""A place or a unit: who speaks for it, where it was, what it was exposed to. Pure."""
