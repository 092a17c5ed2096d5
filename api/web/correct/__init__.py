"""The pages on which a mount or a placement is corrected: what it would change is shown before it is done."""
