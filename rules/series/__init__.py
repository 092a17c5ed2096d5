"""One sensor over time: its readings, what is derived from them, and which next reading would change nothing. Pure."""
