"""The pages' routes. Each module has a `router`; `api.web.app` finds them all."""
