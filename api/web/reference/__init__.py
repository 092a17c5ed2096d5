"""The reference of the API as a page: every operation, parameter and schema of its description."""
