"""One module a command (or group of commands), each with a click command named `command`."""
