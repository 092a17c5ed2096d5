"""The words of the product. Standard library only."""
