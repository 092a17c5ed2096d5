"""What the API takes and gives. Times are RFC 3339 in UTC, values decimal numbers in °C or %."""
