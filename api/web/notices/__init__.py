"""What devices sent and no verdict rests on: the list, and one device with its samples."""
