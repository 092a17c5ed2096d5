"""A row of the journal: the messages as they came, and what came of them."""
