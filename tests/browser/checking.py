"""What holds for every page, looked at in three sizes and colours."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).parents[2] / ".build" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
LOOKS = {
    "wide": (WIDE, "light"),
    "phone": (PHONE, "light"),
    "dark": (WIDE, "dark"),
    "dark phone": (PHONE, "dark"),
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe():
    return AXE.read_text(encoding="utf-8")


def check(page):
    """Fail unless the page passes axe-core (WCAG 2.2 AA and good practice) and fits: wide, on a phone, light and dark.

    The page keeps the first look. Scripts must be allowed in its context.
    """
    for name, (size, scheme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name}: wider than the screen"
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def violations(page):
    """Return what axe-core finds wrong, each as a line: the rule and the elements."""
    page.evaluate(_axe())  # past the page's policy, which lets no other scripts in
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    wrong = [(each["id"], node) for each in found["violations"] for node in each["nodes"]]
    return [f"{rule}: {node['target']} {node['failureSummary']}" for rule, node in wrong]
