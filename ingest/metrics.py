"""What is counted of what is heard."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The counters of one pipeline."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.messages = Counter("coldchain_messages", "messages committed", registry=registry)
        self.readings = Counter("coldchain_readings", "readings in committed messages", registry=registry)
        self.silent = Counter("coldchain_messages_without_reading", "committed, decoded, no reading", registry=registry)
        self.dead_letters = Counter("coldchain_dead_letters", "undecodable messages", ["reason"], registry=registry)
        self.faults = Counter("coldchain_device_faults", "faults that devices reported", registry=registry)
        self.repeats = Counter("coldchain_repeats", "repeats dropped after a reconnect", registry=registry)
        self.failures = Counter("coldchain_step_failures", "steps rolled back", registry=registry)
        self.step = Histogram(
            "coldchain_step_seconds",
            "from taking messages to their commit",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
            registry=registry,
        )
        self.lag = Gauge(
            "coldchain_lag_seconds", "from arrival to commit, of the last batch's first", registry=registry
        )
        self.waiting = Gauge("coldchain_buffer_messages", "messages that wait to be taken", registry=registry)
