"""Gateway formats, one module each."""
