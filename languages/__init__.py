"""Catalogues of texts for people, one file a language; English is in the code and beside the pages."""
