"""The page Now: how everything is right now."""
