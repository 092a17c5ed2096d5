"""Who asks: roles, passwords, sessions, tokens."""
