"""The list of holds, and the decision about them."""
