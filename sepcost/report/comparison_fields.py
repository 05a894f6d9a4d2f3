"""What is known of a scheme, declared once, for JSON, CSV and tables."""

from __future__ import annotations

from sepcost.core.metrics import BYTES_MOVED
from sepcost.report.fields import BOUNDED, ESTIMATED, MOVED, Field

SCHEME_FIELDS = (
    Field("weights", "cost.weights", "count", heading="weights"),
    Field(
        "macs_per_position",
        "cost.macs_per_position",
        "count",
        heading=lambda result: "MACs/position" if result.size is None else None,
    ),
    Field("macs", "cost.macs", "count", heading=lambda result: "MACs" if result.size else None),
    Field(
        "weights",
        "saving.weights",
        "factor",
        heading=lambda result: "saving in weights" if result.weights_apart else None,
        group="saving",
    ),
    Field(
        "macs",
        "saving.macs",
        "factor",
        heading=lambda result: "saving in MACs" if result.weights_apart else "saving",
        group="saving",
    ),
    Field("bytes", "load.bytes", "count", MOVED, BYTES_MOVED),
    Field("intensity", "load.intensity", "ratio", MOVED, "MACs/byte", spare=True),
    Field("time_bound_s", "load.bound.seconds", "seconds", BOUNDED, "bound"),
    Field("bound_by", "load.bound.by", "binder", BOUNDED, "bound by"),
    Field("time", "saving.time", "factor", BOUNDED, "time saving", group="saving"),
    Field("time_estimate_s", "load.estimate", "seconds", ESTIMATED, "estimate"),
    Field("error", "machine.measured.error", "ratio", ESTIMATED, of_result=True),
    Field("time_estimate", "saving.time_estimate", "factor", ESTIMATED, "estimated saving", group="saving"),
)
"""What is known of a scheme and, savings apart, of each of its stages."""
