"""The metrics, under their names in results and as people say them."""

from __future__ import annotations

from collections.abc import Mapping

METRICS = ("weights", "macs")

BYTES = ("memory", "storage")
"""The metrics in bytes: of maps at the peak, and of parameters."""

TIME = "time"

LIMITED = (*METRICS, *BYTES, TIME)
"""What a network can be limited in, in the order in which limits are shown."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "weights": ("weights",),
    "macs": ("macs",),
    "traffic": ("inputs", "outputs", "bytes", "intensity"),
}
"""The kinds of formulas, and the metrics of each."""

PLANNED = ("macs", "weights", "memory", TIME)
"""What layers can be sorted by and targets set in."""

_SPOKEN = {
    "macs": "MACs",
    "memory": "bytes of memory",
    "storage": "bytes of storage",
    "time_bound": "bound in time",
    "time_estimate": "estimated time",
    "saving_weights": "saving in weights",
    "saving_macs": "saving in MACs",
    "saving_time": "saving in time",
}


def spoken(metric: str) -> str:
    """Return a metric as people say it.

    >>> spoken("macs"), spoken("weights"), spoken("saving_macs")
    ('MACs', 'weights', 'saving in MACs')
    """
    return _SPOKEN.get(metric, metric)
