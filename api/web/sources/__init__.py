"""The set-up page of sources: what is listened to and how it is read."""
