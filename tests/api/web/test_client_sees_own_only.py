"""A client who tries every page with every name learns nothing of what is another's."""

import html
import itertools
import re
from urllib.parse import quote, unquote

from fastapi.routing import iter_route_contexts

from api.addresses import opaque
from tests.api.world import HIDDEN_VALUES, MARK

# What stands in an address: something of acme's own, something of another's, something that is nobody's.
VALUES = {
    "product": ("VAX", "ZZPROD", "NOBODY"),
    "lot": ("A1", "A/3", "ZZ1", "ZZ2", "NOBODY"),
    "id": ("VAX", "ROOM-1", "ZZROOM", "S1", "ZZS2", "vaccine-2-8", "zzprofile", "zzhook", "NOBODY"),
    "version": ("1", "9"),
    "number": ("0", "1", "2", "3", "5"),
    "place": ("0", "9"),
    # a placement of its own, one of another's, a mount
    "key": (
        opaque('["VAX","A1","PALLET-7","ROOM-1","2026-01-01T02:00:00Z"]'),
        opaque('["zz-placement"]'),
        opaque('["S1","ROOM-1","2026-01-01T00:00:00Z"]'),
        "NOBODY",
    ),
}
ASKED = (
    "/batches?product=ZZPROD",
    "/batches?show=all",
    "/search?q=ZZ1",
    "/search?q=ZZROOM",
    "/search?q=PALLET",
    "/readings?sensor=ZZS2&at=2026-01-01T02:00:00Z",
    "/readings?place=ROOM-1&quantity=temperature&at=2026-01-01T05:00:00Z",
    "/charts/batch/VAX/A1?unit=PALLET-7&form=rows",
    "/charts/batch/VAX/A1?form=csv",
    "/charts/batch/VAX/A2?form=csv&since=2026-01-01T00:00:00Z",
    "/charts/batch/VAX/ZZ1?form=csv",
    "/charts/place/ROOM-1?form=csv",
    "/batches/VAX/A1?unit=ZZUNIT",
    "/batches/VAX/A2",
    "/?wall=1",
    "/why?product=VAX&lot=A1&unit=PALLET-7&rule=too-warm&at=2026-01-01T06:00:00Z",
    "/why?product=VAX&lot=A2&rule=too-warm&at=2026-01-01T02:00:00Z",
    "/why?product=VAX&lot=ZZ1&unit=ZZUNIT&rule=too-warm&at=2026-01-01T06:00:00Z",
    "/why?location=ROOM-1&rule=zzroomrule&at=2026-01-01T05:10:00Z",
    "/audit?kind=hold&key=1",
    "/journal/2?message=2026-01-01T05:01:00Z",
    "/batches/VAX/A1?from=2025-12-31&to=2026-01-04",
    "/corrections/placements?product=VAX&lot=A1",
    "/corrections/placements?product=VAX&lot=ZZ1",
)
ENDLESS = ("/live", "/static")


def addresses(app):
    for route in iter_route_contexts(app.state.pages.routes):
        if route.path in ENDLESS or "GET" not in (route.methods or ()):
            continue
        names = re.findall(r"\{(\w+)(?::path)?\}", route.path)
        for values in itertools.product(*(VALUES[name] for name in names)):
            given = iter(values)
            yield re.sub(r"\{.*?\}", lambda _, given=given: quote(next(given), safe=""), route.path)
    yield from ASKED


def said(answer, address):
    """Return what a page says beside what was asked: without the address itself, its words, and random tokens."""
    text = re.sub(r'name="csrf"[^>]*|csrf" content="[^"]*"|X-CSRF-Token[^}]*', "", html.unescape(answer.text))
    for word in sorted({address, unquote(address), *re.split(r"[/?&=]", unquote(address))}, key=len, reverse=True):
        text = text.replace(word, "") if MARK in word.lower() else text
    return text.lower()


def test_no_page_says_anything_of_what_is_anothers(site, browse):
    client, seen = browse("client"), 0
    for address in addresses(site.app):
        answer = client.get(address)
        text = said(answer, address)
        assert MARK not in text, (address, text[max(0, text.find(MARK) - 200) : text.find(MARK) + 50])
        assert [value for value in HIDDEN_VALUES if value in text] == [], address
        assert answer.status_code < 500, address
        seen += answer.status_code == 200
    assert seen > 10  # its own


def test_what_is_anothers_is_as_little_there_as_what_is_nobodys(browse):
    client = browse("client")
    for pattern, others in (
        ("/batches/VAX/{}", "ZZ1"),
        ("/batches/{}/A1", "ZZPROD"),
        ("/charts/batch/VAX/{}", "ZZ1"),
        ("/profiles/{}/1", "zzprofile"),
    ):
        answers = []
        for name in (others, "NOBODY"):
            answer = client.get(pattern.format(name))
            assert answer.status_code == 404, (pattern, name)
            answers.append(re.sub(r'csrf" content="[^"]*"|X-CSRF-Token[^}]*', "", answer.text).replace(name, ""))
        assert answers[0] == answers[1], pattern


def test_the_same_pages_tell_staff_of_it(site, browse):
    viewer = browse("viewer")
    for address in ("/batches?product=ZZPROD", "/batches/VAX/ZZ1", "/search?q=ZZROOM", "/problems/1", "/holds"):
        answer = viewer.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        assert MARK in answer.text.lower(), address
