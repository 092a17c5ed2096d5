"""The set-up page of profiles: every version and which is active."""
