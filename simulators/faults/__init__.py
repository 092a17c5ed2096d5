"""What goes wrong, by name. Each fault is at one thing (a chamber, a probe, a gateway) for a time."""

from simulators.faults.chambers import CompressorFailure, DoorAjar, PowerCut
from simulators.faults.gateways import ClockSkew, Duplicates, GatewayOutage, Reordering
from simulators.faults.probes import DriftingProbe, ProbeUnplugged, StuckProbe

FAULTS = {
    "door-ajar": DoorAjar,
    "compressor-failure": CompressorFailure,
    "power-cut": PowerCut,
    "probe-unplugged": ProbeUnplugged,
    "stuck-probe": StuckProbe,
    "drifting-probe": DriftingProbe,
    "gateway-outage": GatewayOutage,
    "clock-skew": ClockSkew,
    "duplicates": Duplicates,
    "reordering": Reordering,
}

__all__ = [
    "FAULTS",
    "ClockSkew",
    "CompressorFailure",
    "DoorAjar",
    "DriftingProbe",
    "Duplicates",
    "GatewayOutage",
    "PowerCut",
    "ProbeUnplugged",
    "Reordering",
    "StuckProbe",
]
