"""What is told of problems, to whom, and what keeps it back."""
