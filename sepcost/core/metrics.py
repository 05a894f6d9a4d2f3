"""The metrics, under their names in results and as people say them."""

from collections.abc import Mapping
from typing import NamedTuple


class Metric(NamedTuple):
    """What layers and networks are measured in.

    key: in results and in JSON; behind `max_` the key of its limit, and behind `--max-` the option.
    heading: of a column or an axis; what a limit is the most of.
    spoken: behind a number, as people say it.
    unit: 'count', 'bytes' or 'seconds'.
    example: a limit as one is typed.
    """

    key: str
    heading: str
    spoken: str
    unit: str
    example: str


_TABLE = (
    Metric("weights", "weights", "weights", "count", "4.3M"),
    Metric("macs", "MACs", "MACs", "count", "600M"),
    Metric("memory", "bytes of maps at once", "bytes of memory", "bytes", "320Ki"),
    Metric("storage", "bytes of parameters", "bytes of storage", "bytes", "1Mi"),
    Metric("time", "time", "time", "seconds", "5ms"),
)

LIMITED: Mapping[str, Metric] = {metric.key: metric for metric in _TABLE}
"""What a network can be limited in, in the order in which limits are shown."""

IN_BYTES = tuple(key for key, metric in LIMITED.items() if metric.unit == "bytes")
"""What is measured in bytes that a device has to hold."""

METRICS = ("weights", "macs")
"""What a layer has of itself, however it runs."""

TIME = "time"
TIME_NEEDS = "needs {machine}, or {peak} and {bandwidth}"
"""What is missing where times are wanted and no machine is given."""

FORMULA_KINDS: Mapping[str, tuple[str, ...]] = {
    "weights": ("weights",),
    "macs": ("macs",),
    "traffic": ("inputs", "outputs", "bytes", "intensity"),
}
"""The kinds of formulas, and the metrics of each."""

BYTES_MOVED = "bytes moved"
"""The heading of what crosses memory, beside the bytes of maps and of parameters."""

PLANNED = ("macs", "weights", "memory", TIME)
"""What layers can be sorted by and targets set in."""

_TIMES = {"time_bound": "bound in time", "time_estimate": "estimated time"}
_SAVING = "saving_"


def spoken(metric: str) -> str:
    """Return a metric, or a saving in one, as people say it.

    >>> spoken("macs"), spoken("weights"), spoken("saving_macs")
    ('MACs', 'weights', 'saving in MACs')
    """
    if metric.startswith(_SAVING):
        return f"saving in {spoken(metric.removeprefix(_SAVING))}"
    return LIMITED[metric].spoken if metric in LIMITED else _TIMES.get(metric, metric)
