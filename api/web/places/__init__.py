"""The page Places: every location of the site as a tree."""
