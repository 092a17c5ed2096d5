"""What is forecast, as the pages tell staff."""
