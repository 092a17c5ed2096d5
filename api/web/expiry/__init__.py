"""What in stock expires when."""
