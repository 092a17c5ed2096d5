"""Orders: what is reserved for whom, and picking it unit by unit."""
