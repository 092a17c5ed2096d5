"""The page on which a profile's next version is written: its rules as a form, and as text beside it."""
