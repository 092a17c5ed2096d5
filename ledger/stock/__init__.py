"""Movements of stock: recorded by the one writer, and what follows from them."""
