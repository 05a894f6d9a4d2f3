"""What is known of a layer of an audit, declared once, for JSON, its schema, CSV and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from sepcost.core.metrics import BYTES_MOVED
from sepcost.report.fields import ALWAYS, BOUNDED, ESTIMATED, MOVED, Field, fields_for

if TYPE_CHECKING:
    from sepcost.hardware.execution import Execution


def _where(metric: str, heading: str) -> Callable[[Any], str | None]:
    """Return a heading that an audit has where its layers are counted in that metric."""
    return lambda view: heading if view.counted == metric else None


_replaced = partial(Field, group="replacement")
_saved = partial(Field, unit="factor", group="saving")
_of_kind = partial(Field, group="subtotal")
_THROUGH_MEMORY = "bytes moved through memory"
_LIVE = "bytes of the maps that live while it runs"
_error = partial(
    Field, "error", "bounded.machine.measured.error", "ratio", ESTIMATED, of_result=True, null=True
)

OWN_FIELDS = (
    Field("name", "row.layer.name", "word", says="what the layer is called"),
    Field("op", "row.layer.op", "word"),
    Field("kind", "row.layer.kind", "word"),
    Field("n_i", "row.layer.n_i", "count"),
    Field("n_o", "row.layer.n_o", "count"),
    Field("kernel", "row.layer.kernel", "lengths", says="length of the kernel on each axis"),
    Field("stride", "row.layer.stride", "lengths"),
    Field("dilation", "row.layer.dilation", "lengths"),
    Field("groups", "row.layer.groups", "count"),
    Field("positions", "row.layer.positions", "count"),
    Field("reads", "row.layer.input_shape", "lengths", null=True),
    Field(
        "writes",
        "row.layer.output_shape",
        "lengths",
        null=True,
        says="the shape of the map that is written; null where not known",
    ),
    Field("path", "row.layer.path", "word", null=True),
    Field("weights", "row.layer.weights", "count", heading="weights", total="audit.totals.weights"),
    Field("macs", "row.layer.macs", "macs", heading=lambda view: view.unit.name, total="audit.totals.macs"),
)
"""What is known of a layer by itself."""

_COUNTED = (
    _replaced(
        "scheme",
        "row.replacement.scheme",
        "word",
        column="replacement",
        says="the scheme that replaces the layer",
    ),
    _replaced(
        "weights",
        "row.replacement.weights",
        "count",
        heading=_where("weights", "weights replaced"),
        total="audit.replaced.weights",
    ),
    _replaced(
        "macs",
        "row.replacement.macs",
        "macs",
        heading=_where("macs", "replaced"),
        total="audit.replaced.macs",
    ),
    _saved(
        "macs",
        "row.saving",
        says="how many times fewer MACs it takes replaced",
        heading=_where("macs", "saving"),
        total="audit.saving",
    ),
    _saved(
        "weights",
        "row.weights_saving",
        says="how many times fewer weights it takes replaced",
        heading=_where("weights", "weights saving"),
        total="audit.weights_saving",
        null=True,
    ),
)
_MOVED = (
    Field(
        "bytes",
        "load.now.bytes",
        "count",
        MOVED,
        BYTES_MOVED,
        total="bounded.bytes",
        says=_THROUGH_MEMORY,
    ),
    Field("intensity", "load.now.intensity", "ratio", MOVED),
    Field("time_bound_s", "load.now.seconds", "seconds", BOUNDED, "bound", total="bounded.bounds.seconds"),
    Field("bound_by", "load.now.bound.by", "binder", BOUNDED, "bound by"),
    _replaced(
        "bytes",
        "load.replacement.bytes",
        "count",
        MOVED,
        total="bounded.replaced_bytes",
        says=_THROUGH_MEMORY,
    ),
    _replaced("intensity", "load.replacement.intensity", "ratio", MOVED, column=None),
    _replaced(
        "time_bound_s",
        "load.replacement.seconds",
        "seconds",
        BOUNDED,
        "bound replaced",
        total="bounded.bounds.replaced_seconds",
    ),
    _replaced("bound_by", "load.replacement.bound.by", "binder", BOUNDED, column=None),
    _saved(
        "time",
        "load.saving",
        says="how many times less time, by the bound, it takes replaced",
        needs=BOUNDED,
        heading="time saving",
        total="bounded.bounds.saving",
        null=True,
    ),
    Field(
        "time_estimate_s",
        "load.now.estimate",
        "seconds",
        ESTIMATED,
        "estimate",
        total="bounded.estimates.seconds",
    ),
    _error(),
    _replaced(
        "time_estimate_s",
        "load.replacement.estimate",
        "seconds",
        ESTIMATED,
        "estimate replaced",
        total="bounded.estimates.replaced_seconds",
    ),
    _error(group="replacement", column=None),
    _saved(
        "time_estimate",
        "load.estimate_change.saving",
        says="how many times less time, by the estimate, it takes replaced",
        needs=ESTIMATED,
        heading="estimated saving",
        total="bounded.estimates.saving",
        null=True,
    ),
)
LAYER_FIELDS = (*OWN_FIELDS, *_COUNTED, *_MOVED)
"""What is known of a layer of an audit, of what replaces it, and of what that saves."""

MEMORY_FIELDS = (
    Field(
        "memory", "memory.now", "count", heading="memory", total="measures.footprint.memory.peak", says=_LIVE
    ),
    _replaced(
        "memory",
        "memory.replacement",
        "count",
        heading="memory replaced",
        total="measures.replaced_footprint.memory.peak",
        says=_LIVE,
    ),
    _saved(
        "memory",
        "memory.saving",
        says="how many times fewer bytes of maps it takes replaced",
        heading="memory saving",
        total="measures.memory_saving",
        null=True,
    ),
)
"""The bytes of maps that live while a layer of an audit runs, where they are wanted; in all, the peak."""

_OF_ROWS = (
    Field("reason", "row.reason", "word", null=True, says="why nothing replaces the layer"),
    _of_kind("kind", "subtotal.kind", "word", column="subtotal", says="the kind whose subtotals follow"),
    _of_kind("layers", "subtotal.layers", "count", says="their number"),
    _of_kind("weights", "subtotal.cost.weights", "count"),
    _of_kind("macs", "subtotal.cost.macs", "macs"),
)
"""What a row of CSV has besides: why the layer stays as it is, and what all layers of its kind cost."""


def columns_of_csv(fields: Iterable[Field], execution: Execution | None) -> list[Field]:
    """Return what a row of CSV has of a layer that runs so, in order: counts first, then its run."""
    known = fields_for(fields, execution, csv=True)
    counts = [field for field in known if field.needs == ALWAYS]
    run = [field for field in known if field.needs != ALWAYS and field.column is not None]
    return [*counts, *_OF_ROWS, *run]
