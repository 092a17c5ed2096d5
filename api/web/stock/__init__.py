"""What is in stock, by product, location, lot and unit."""
