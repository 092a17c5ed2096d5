"""The audit trail as a page: who did what, to which thing, and what it changed."""
