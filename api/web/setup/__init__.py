"""The set-up pages: channels, devices, dead letters, people, health."""
