"""The list of batches."""
