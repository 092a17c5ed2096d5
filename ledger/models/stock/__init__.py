"""Questions about the stock that is on record, answered by the same code as those about a file of movements."""
