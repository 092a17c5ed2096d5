"""Cursor pages: all of it once, whatever is added meanwhile."""

import pytest

from api.paging import Paging, collect, decode, encode
from domain.errors import InvalidError

LISTS = (
    "/locations",
    "/batches",
    "/placements",
    "/holds",
    "/alerts",
    "/exposures",
    "/profiles",
    "/clients",
    "/products",
)
SITE_LISTS = ("/sensors", "/mounts", "/excursions", "/dead-letters", "/unassigned-devices")


@pytest.mark.parametrize("path", LISTS + SITE_LISTS)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_pages_of_any_size_make_the_same_list(shared_site, path, limit):
    api = shared_site.api("viewer")
    assert api.items(path, limit=limit) == api.get(path).json()["items"]
    assert len(api.items(path, limit=limit)) > 0


@pytest.mark.parametrize("path", LISTS)
def test_a_clients_pages_are_full_although_much_is_left_out(shared_site, path):
    api = shared_site.api("client")
    items = api.get(path).json()["items"]
    assert api.items(path, limit=1) == items
    first = api.get(path, limit=1).json()
    assert len(first["items"]) == 1
    assert (first["next"] is None) == (len(items) == 1)


@pytest.mark.parametrize("cursor", ["x", "!!", "", "e30", encode(3), "A" * 1999])
def test_a_cursor_that_was_never_given_is_refused(shared_site, cursor):
    response = shared_site.api("viewer").get("/locations", cursor=cursor)
    assert response.status_code == 422
    assert response.json()["detail"] == "cursor: not a cursor of this list"


def test_a_cursor_of_another_sort_of_list_is_refused():
    assert decode(encode(7), int) == 7
    assert decode(encode("ü"), str) == "ü"
    for cursor, sort in ((encode("a"), int), (encode(True), int), (encode(1 << 63), int)):
        with pytest.raises(InvalidError):
            decode(cursor, sort)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"cursr": "x"}, {"statte": "held"}])
def test_wrong_and_misspelt_questions_are_refused(shared_site, query):
    assert shared_site.api("viewer").get("/holds", **query).status_code == 422


def ask(rows, paging, visible=lambda row: True):
    def fetch(after, count):
        return [row for row in rows if after is None or row > after][:count]

    return collect(paging, decode(paging.cursor, int), fetch, lambda row: row, lambda r: r if visible(r) else None)


def test_rows_added_behind_or_before_the_cursor_repeat_and_skip_nothing():
    rows = list(range(0, 100, 2))
    first = ask(rows, Paging(limit=10))
    rows = sorted([*rows, 1, 3, 19, 51])
    rest = ask(rows, Paging(limit=1000, cursor=first.next))
    assert first.items + rest.items == [*range(0, 20, 2), *sorted([19, 51, *range(20, 100, 2)])]


def test_a_page_reads_on_behind_what_may_not_be_seen():
    rows = list(range(1000))
    page = ask(rows, Paging(limit=2), visible=lambda row: row in (0, 500, 999))
    assert page.items == [0, 500]
    last = ask(rows, Paging(limit=2, cursor=page.next), visible=lambda row: row in (0, 500, 999))
    assert (last.items, last.next) == ([999], None)


def test_a_last_page_that_is_just_full_says_so():
    assert ask([1, 2], Paging(limit=2)).next is None
    assert ask([1, 2, 3], Paging(limit=2)).next == encode(2)
