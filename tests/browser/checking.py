"""What holds for every page, looked at in three sizes and colours."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).parents[2] / ".build" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe-core finds in colours. In the dark nothing else is different: app.css has other colours then, and no more.
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = {
    "wide": (WIDE, "light", TAGS),
    "phone": (PHONE, "light", TAGS),
    "dark": (WIDE, "dark", COLOURS),
    "dark phone": (PHONE, "dark", COLOURS),
}
# No word of what is right. Nothing is fetched once more: that is for media, and for rules that are not asked for.
_RUN = "only => axe.run(document, {runOnly: only, resultTypes: ['violations'], preload: false})"


@cache
def _axe():
    return AXE.read_text(encoding="utf-8")


def check(page):
    """Fail unless the page passes axe-core (WCAG 2.2 AA and good practice) and fits: wide, on a phone, light and dark.

    The page keeps the first look. Scripts must be allowed in its context.
    """
    for name, (size, scheme, rules) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert violations(page, rules) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name}: wider than the screen"
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def violations(page, rules=TAGS):
    """Return what axe-core finds wrong, each as a line: the rule and the elements."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe())  # past the page's policy, which lets no other scripts in
    found = page.evaluate(_RUN, rules)
    wrong = [(each["id"], node) for each in found["violations"] for node in each["nodes"]]
    return [f"{rule}: {node['target']} {node['failureSummary']}" for rule, node in wrong]
