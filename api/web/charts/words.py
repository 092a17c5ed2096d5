"""What a chart says in words; the same in the page, in the script and in a picture."""

from api.web.charts.model import Budget, Gap, Limit, Mark, Shade, Stand
from api.web.frame.formats import duration, value
from api.web.frame.texts import text


def place_of(stand: Stand) -> str:
    """Return the name of a place, and whether the stay was an ancestor's."""
    name = stand.name if stand.name is not None else text("chart.elsewhere")
    return text("chart.inherited", place=name) if stand.inherited else name


def label_of_limit(limit: Limit, quantity: str) -> str:
    """Return e.g. `≤ 8.0 °C`: what is inside."""
    shown = value(limit.value, quantity)
    return text("chart.at_most", value=shown) if limit.side > 0 else text("chart.at_least", value=shown)


def label_of_gap(gap: Gap) -> str:
    """Return e.g. `no data 40 min`."""
    return text(f"chart.{gap.kind}", length=duration(gap.until - gap.since))


def label_of_shade(shade: Shade) -> str:
    """Return e.g. `above the limit: too-warm`."""
    word = text(f"chart.outside_{({1: 'high', -1: 'low', 0: 'silent'})[shade.direction]}")
    return f"{word}: {shade.rule}" if shade.rule else word


def label_of_mark(mark: Mark) -> str:
    """Return e.g. `PALLET-7 released`."""
    if mark.kind == "acknowledged" and not mark.name:
        return text("chart.acknowledged_by_nobody")
    return text(f"chart.{mark.kind}", name=mark.name)


def label_of_budget(budget: Budget) -> str:
    """Return e.g. `10 h 45 min of 12 h left`."""
    return text("chart.budget_left", left=duration(budget.points[-1][1]), total=duration(budget.total))
