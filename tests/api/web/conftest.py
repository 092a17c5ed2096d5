"""Browsers, signed in or not."""

import pytest

from tests.api.web.browser import Browser, signed_in


@pytest.fixture
def browser(site, portal):
    """A browser in which nobody is signed in."""
    return Browser(site, portal)


@pytest.fixture
def browse(site, portal):
    """Return the browser of a person with a role: `browse("qa")`."""
    return lambda role: signed_in(site, portal, role)
