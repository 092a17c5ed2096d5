"""Cases for profiles: what a requirement must say of a series in short notation. For `coldchain test-rules`."""
