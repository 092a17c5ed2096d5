"""What happened to one subject: its stays cut out of the timelines of the places, as the rule kinds want it."""
