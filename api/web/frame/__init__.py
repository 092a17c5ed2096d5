"""What stands around every page: session, rendering, formats, live updates."""
