"""What comes from our own pages, and what another site made up: forms, and addresses to go on to."""

import re
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from domain.errors import ForbiddenError

HOME = "/"
# One slash, then no second one nor a backslash, which browsers take for a slash; no spaces and control characters.
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)


def local_path(given: str | None) -> str:
    """Return the address if it is one of this site, without a host, else the first page."""
    if given is None or not _LOCAL.fullmatch(given) or given.startswith("/sign-in"):
        return HOME
    return given


def local_part(address: str | None, request: Request) -> str:
    """Return the path and query of one of our own addresses, the first page for any other."""
    parts = _parts(address)
    if parts is None or parts.netloc != request.headers.get("host"):
        return HOME
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def refuse_other_sites(request: Request) -> None:
    """Raise ForbiddenError for what a browser says comes from a page of another site.

    Browsers say so in Sec-Fetch-Site, over plain HTTP in Origin; a program says neither and has no cookies to abuse.
    """
    site = request.headers.get("sec-fetch-site")
    if site is None:
        origin = request.headers.get("origin")
        parts = _parts(origin)
        own = origin is None or (parts is not None and parts.netloc == request.headers.get("host"))
    else:
        own = site in ("same-origin", "none")
    if not own:
        raise ForbiddenError("the form was not sent from a page of this site")


def _parts(address: str | None) -> SplitResult | None:
    try:
        return urlsplit(address or "")
    except ValueError:
        return None
