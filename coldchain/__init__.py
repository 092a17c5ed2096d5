"""Starting: commands, settings and wiring only."""
