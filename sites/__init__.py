"""The site file: its schema, and the histories it describes."""
