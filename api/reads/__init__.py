"""What requests read, as one person may see it."""
