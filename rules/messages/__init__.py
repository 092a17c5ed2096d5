"""Why a rule triggered, in numbers and in words. Pure."""
