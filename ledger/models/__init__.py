"""One typed read model a noun: the same for the API, pages, mails and exports (docs/adr/0014-read-models.md)."""
