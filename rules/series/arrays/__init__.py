"""The same answers over whole series at once, by numpy: held equal to the definitions beside it by property tests."""
