"""What a page states, as a person reads it: instants, lengths of time, values, other numbers; and its parts.

Nothing of the product is used: how a length is cut or an instant is written is said here once more.
"""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
# What is no statement: drawings and their tables (tests of their own), what is to be filled in or chosen.
_SKIPPED = ("script", "style", "svg", "figure", "option", "textarea", "button", "nav", "title")
_EMPTY = ("input", "br", "img", "link", "meta", "hr", "use", "path", "line", "rect", "col", "progress")
_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}


class Node:
    """An element of a page: `children` are elements and texts."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()

    def find_all(self, tag=None, cls=None, id=None):
        """Return the elements in it, in order, with this tag, class and id, as far as they are given."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                same = tag in (None, child.tag) and (cls is None or cls in child.classes)
                found += [child] if same and id in (None, child.attributes.get("id")) else []
                found += child.find_all(tag, cls, id)
        return found

    def find(self, tag=None, cls=None, id=None):
        """Return the first of them; None if there is none."""
        return next(iter(self.find_all(tag, cls, id)), None)

    def text(self, skipped=_SKIPPED):
        """Return what can be read in it, one space between words."""
        parts = []
        for child in self.children:
            if not isinstance(child, Node):
                parts.append(child)
            elif child.tag not in skipped:
                parts.append(child.text(skipped))
        return re.sub(r" +([,.:;)])", r"\1", " ".join(" ".join(parts).split()))

    def rows(self):
        """Return the rows of the body of each table in it, as lists of cells."""
        rows = [row for body in self.find_all("tbody") for row in body.find_all("tr")]
        return [[cell for cell in row.find_all() if cell.tag in ("td", "th")] for row in rows]


class _Tree(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.at = self.root = Node("", {})
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        node = Node(tag, dict(attributes), self.at)
        self.at.children.append(node)
        if tag not in _EMPTY:
            self.at = node

    def handle_endtag(self, tag):
        node = self.at
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.at = node.parent

    def handle_data(self, data):
        self.at.children.append(data)


def parsed(page):
    """Return what a page says of its subject: no menu and no foot."""
    return _Tree(page).root.find("main")


class Said(NamedTuple):
    """One statement: its kind (`instant`, `length`, `value`, `number`), what it says, and the words around it.

    Instants are seconds since 1970, lengths seconds, values and numbers decimals as text.
    """

    kind: str
    what: object
    words: str


_ZONED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d))?(?: (UTC|CET|CEST)|Z)")
_DAY = re.compile(r"\b(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?(?: (\d\d:\d\d))?")
_CLOCK = re.compile(r"\b\d\d:\d\d\b")
_PROGRAM = re.compile(r"\b\d+\.\d+\.\d+\b")
_SHARE = re.compile(r"(\d+) of (\d+ (?:d|h|min|s))\b")
_LENGTH = re.compile(r"(?<![\w.−-])\d+(?:\.\d+)? (?:d|h|min|s)(?: \d+ (?:h|min|s))*\b")
_VALUE = re.compile(r"(?<![\w.])([−-]?\d+(?:\.\d+)?) ?(°C·min|°C|%)")
_NUMBER = re.compile(r"(?<![\w.:/−-])([−]?\d+(?:\.\d+)?)(?![\w/-])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def stated(node, now):
    """Return every statement in an element; `now`, in seconds, is when it was read."""
    return [*_elements(node), *stated_in(_without_times(node), now), *_titles(node, now)]


def _elements(node):
    for each in node.find_all("time"):
        if not _is_skipped(each):
            yield Said("instant", seconds(each.attributes["datetime"]), each.text())


def _titles(node, now):
    """What is said on hovering, and to who listens."""
    for each in node.find_all():
        title = each.attributes.get("title")
        if title and each.tag != "time" and not _is_skipped(each):
            yield from stated_in(title, now)


def _is_skipped(node):
    return node.tag in _SKIPPED or (node.parent is not None and _is_skipped(node.parent))


def _without_times(node):
    return node.text((*_SKIPPED, "time"))


def stated_in(text, now):
    """Return the statements in words, the longest found first: what was found is not looked at again."""
    found = []

    def take(pattern, text, said):
        def each(match):
            start, end = max(0, match.start() - 40), match.end() + 40
            found.extend(Said(*one, text[start:end]) for one in said(match))
            return " ¤ "

        return pattern.sub(each, text)

    text = text.replace("\N{NO-BREAK SPACE}", " ")
    text = take(_ZONED, text, lambda m: [("instant", _zoned(m))])
    text = take(_DAY, text, lambda m: [_day(m, now)])
    text = take(_CLOCK, text, lambda m: [("instant", _of_today(m[0], now))])
    text = _PROGRAM.sub(" ", text)
    text = take(_SHARE, text, lambda m: [("length", length(f"{m[1]} {m[2].split()[1]}")), ("length", length(m[2]))])
    text = take(_LENGTH, text, lambda m: [("length", length(m[0]))])
    text = take(_VALUE, text, lambda m: [("value", _sign(m[1]))])
    take(_NUMBER, text, lambda m: [("number", _sign(m[1]))])
    return found


def _sign(text):
    return text.replace("−", "-")


def _zoned(match):
    at = datetime.fromisoformat(f"{match[1]}T{match[2]}:{match[3] or '00'}")
    return int(at.replace(tzinfo=ZONE if match[4] in ("CET", "CEST") else UTC).timestamp())


def _day(match, now):
    then = datetime.fromtimestamp(now, ZONE)
    day = date(int(match[3] or then.year), _MONTHS.index(match[2]) + 1, int(match[1]))
    if match[4] is None:
        return "day", day.isoformat()
    return "instant", int(datetime.fromisoformat(f"{day}T{match[4]}").replace(tzinfo=ZONE).timestamp())


def _of_today(clock, now):
    today = f"{datetime.fromtimestamp(now, ZONE):%Y-%m-%d}"
    return int(datetime.fromisoformat(f"{today}T{clock}").replace(tzinfo=ZONE).timestamp())


def seconds(text):
    """Return an RFC 3339 instant as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def length(text):
    """Return a length of time as (seconds, its smallest unit): `1 h 15 min` is (4500, min)."""
    pairs = re.findall(r"(\d+(?:\.\d+)?) (d|h|min|s)", text)
    return sum(float(count) * _UNITS[unit] for count, unit in pairs), pairs[-1][1]


def is_length(shown, real):
    """Tell whether a length, as shown, is a real one of so many seconds: cut, not rounded, to what matters.

    To hours from three days on, to minutes from ten minutes on, else to seconds.
    """
    step = 3600 if real >= 72 * 3600 else 60 if real >= 600 else 1
    return shown[0] <= real + 0.1 < shown[0] + step + 0.1


def is_written(element, now):
    """Tell whether the words of a `time` element are its instant in the site's zone, with a day that is another."""
    then, today = (
        datetime.fromtimestamp(seconds(element.attributes["datetime"]), ZONE),
        datetime.fromtimestamp(now, ZONE),
    )
    year = f" {then.year}" if then.year != today.year else ""
    day = f"{then.day} {_MONTHS[then.month - 1]}{year}"
    short, words = f"{then:%H:%M}", element.text()
    whole = words == f"{day} {short}"
    return whole or (words == short and (then.date() == today.date() or _day_is_beside(element, day)))


def _day_is_beside(element, day):
    """Of times without a day the day is said around them: by the entry of the timeline, the row or the sentence."""
    around = element
    while around is not None and around.tag not in ("ol", "tr", "p", "li"):
        around = around.parent
    if around is not None and around.tag == "li":
        around = around.parent
    return around is not None and day in around.text()
