"""What is forecast for the site, kept current in the background."""
