"""Deciding: what is outside, what has fired, what that means for a batch. Pure: no IO, no clock."""
