"""A scenario: a site file, the chambers behind it, what hangs in them, what goes wrong, and who carries what."""
