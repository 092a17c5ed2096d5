"""Stock: what movements mean, where units are and were, what became of them, what may be picked. Pure."""
