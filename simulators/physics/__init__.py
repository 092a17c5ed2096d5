"""Air, stock, compressors, doors, moisture, and the probes that hang in it. Seconds, °C, W, J/K."""
