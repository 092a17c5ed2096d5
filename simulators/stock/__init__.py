"""Stock by a book-keeping of its own, which shares no code with the program."""
