"""Quarantine of units: placed and revised by what the rules say, lifted by people."""
