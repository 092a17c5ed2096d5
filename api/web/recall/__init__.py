"""Where recalled units and all that came from them are, and a genealogy to walk."""
