"""A movement in a line of words."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.web.frame.formats import number
from api.web.frame.texts import text

Said = Mapping[str, Any]


def summary(said: Said) -> str:
    """Return e.g. `Move: VAX A1 PAL-1 → ROOM-2`."""
    parts = _units(said)
    where = [str(said[name]) for name in ("location", "to", "via") if said.get(name)]
    more = [text(f"movements.status_{said['status']}")] if said["do"] == "status" else []
    more += [str(said[name]) for name in ("shipment", "movement") if said.get(name)]
    line = ", ".join(parts) + (f" → {', '.join(where)}" if where else "")
    return text(f"movements.do_{said['do']}") + ": " + " · ".join([each for each in (line, *more) if each])


def _units(said: Said) -> list[str]:
    if said["do"] == "merge":
        names = " + ".join(_called({**said, "unit": each}) for each in said["units"])
        return [f"{names} = {said['as']}"]
    if said["do"] == "make":
        used, made = ", ".join(map(_item, said.get("inputs", ()))), ", ".join(map(_item, said["outputs"]))
        return [f"{used} = {made}" if used else made]
    found = [_item(said)] if "product" in said else []
    into = ", ".join(f"{each['unit']} ({_amount(each)})" for each in said.get("into", ()))
    found += [into] if into else []
    return [*found, *_listed(said.get("units", ())), *_listed(said.get("lines", ()))]


def _listed(items: Iterable[Said]) -> list[str]:
    return [_item(each) for each in items]


def _item(said: Said) -> str:
    amount = _amount(said)
    part = f" ({said['as']})" if said.get("as") else ""
    return f"{amount} {_called(said)}{part}".strip()


def _called(said: Said) -> str:
    return " ".join(str(said[name]) for name in ("product", "lot", "unit") if said.get(name) is not None)


def _amount(said: Said) -> str:
    if said.get("by") is not None:
        return ("+" if said["by"] > 0 else "") + number(said["by"], 0)
    given = said.get("quantity")
    return "" if given is None else f"{number(given, 0)} {said.get('uom') or '×'}"
