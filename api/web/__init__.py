"""The pages: server-rendered, live by events, for people; programs have the API."""
