"""The search field: typed or scanned."""
