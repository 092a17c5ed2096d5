"""Routes: parse, authorise, call, return."""
