"""What is counted, under the names that results have for it and those that people say."""

from __future__ import annotations

METRICS = ("weights", "macs")

_SPOKEN = {
    "macs": "MACs",
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
