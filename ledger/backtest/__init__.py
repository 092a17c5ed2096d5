"""Trying a profile on stored history before it is signed: judged next to the one in force, and nothing is changed."""
