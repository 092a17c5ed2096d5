"""What the rules say of units and places, kept in revisions."""
