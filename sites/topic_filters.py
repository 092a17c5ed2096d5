"""Topic filters of MQTT."""


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a topic is one of a filter's. Wildcards at the start leave out topics beginning with `$`."""
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for i, part in enumerate(wanted):
        if part == "#":
            return True
        if i >= len(levels) or part not in ("+", levels[i]):
            return False
    return len(levels) == len(wanted)


def is_filter(text: str) -> bool:
    """Tell whether a broker accepts it: not empty, `+` and `#` alone in their level, `#` only at the end."""
    levels = text.split("/")
    alone = all(level in ("+", "#") or not {"+", "#"} & set(level) for level in levels)
    return bool(text) and alone and "#" not in levels[:-1] and "\0" not in text and len(text.encode()) <= 65535


def is_exact(topic_filter: str) -> bool:
    """Tell whether it is one topic: no wildcard in it."""
    return not {"+", "#"} & set(topic_filter)


def generality(topic_filter: str) -> tuple[int, ...]:
    """Return a key that sorts filters so that, of two that both match a topic, the more exact one comes first."""
    return tuple({"+": 1, "#": 2}.get(level, 0) for level in topic_filter.split("/"))
