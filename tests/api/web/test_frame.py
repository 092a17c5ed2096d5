"""What holds for every page: its headers, its files, its errors."""

import re

from api.web.frame.render import STATIC


def test_an_address_that_is_not_there_is_a_page_with_a_way_on(shared_site):
    answer = shared_site.api().get("//nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Not found" in answer.text
    assert 'href="/"' in answer.text


def test_below_the_api_it_stays_a_problem(shared_site):
    answer = shared_site.api().get("//api/v2/batches")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_takes_scripts_from_here_only_and_is_not_kept(shared_site):
    headers = shared_site.api().get("//nowhere").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_no_script_stands_in_a_page(shared_site):
    page = shared_site.api().get("//nowhere").text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"\son[a-z]+=", page)


def test_the_pages_files_are_there_and_kept_for_good(shared_site):
    api = shared_site.api()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', api.get("//nowhere").text)
    assert len(files) >= 5
    for file in files:
        answer = api.ask("GET", "/" + file)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["cache-control"]


def test_a_file_asked_for_without_its_version_is_asked_for_again(shared_site):
    # what a script imports
    assert shared_site.api().get("//static/chart-draw.js").headers["cache-control"] == "no-cache"


def test_scripts_weigh_less_than_200_kilobytes():
    assert sum(file.stat().st_size for file in STATIC.rglob("*.js")) < 200_000
