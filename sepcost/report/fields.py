"""What is known of each row of a result: declared once, for JSON, CSV and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sepcost.core.metrics import BYTES_MOVED
from sepcost.report.result import Document, Record

if TYPE_CHECKING:
    from sepcost.hardware.execution import Execution

ALWAYS, MOVED, BOUNDED, ESTIMATED = range(4)
"""What a field needs to know of how a layer runs: nothing, an execution, a machine, a measured machine."""

_DATA: dict[str, Callable[[Any], Any]] = {
    "count": lambda value: value if isinstance(value, int) else None,
    "ratio": float,
    "factor": float,
    "seconds": float,
    "word": str,
    "macs": int,
}
"""How a value is data, by its unit; a count that is not whole is none."""


class Field(NamedTuple):
    """One thing that is known of each row.

    key: in JSON; CSV has the group before it.
    path: the attributes that lead to it from a row; where one is None, it is not known.
    unit: 'count', 'macs', 'ratio', 'factor', 'seconds' or 'word', by which it is written.
    needs: one of ALWAYS, MOVED, BOUNDED and ESTIMATED.
    heading: of its column, or what returns that for a result; None where tables leave it out.
    group: the object that holds it in JSON, '' for the row's own.
    spare: whether a narrow terminal may leave out its column.
    of_result: whether the path leads from the result, all of whose rows have it alike.
    total: the attributes that lead from the result to what all rows come to, '' where they come to nothing.
    csv: whether CSV has it.
    """

    key: str
    path: str
    unit: str
    needs: int = ALWAYS
    heading: str | Callable[[Any], str | None] | None = None
    group: str = ""
    spare: bool = False
    of_result: bool = False
    total: str = ""
    csv: bool = True

    @property
    def name(self) -> str:
        """The key in CSV."""
        return f"{self.group}_{self.key}" if self.group else self.key

    def value(self, row: object, result: object) -> Any:
        """Return the exact value, None where it is not known."""
        return _at(result if self.of_result else row, self.path)

    def in_all(self, result: object) -> Any:
        """Return the exact value of all rows together, None where it is not known."""
        return _at(result, self.path if self.of_result else self.total)

    def datum(self, row: object, result: object, built: bool = True) -> Any:
        """Return the value as data: of a row that cannot be built, none of its own."""
        value = self.value(row, result) if built or self.of_result else None
        return self.as_data(value)

    def as_data(self, value: Any) -> Any:
        """Return a value of its unit as data."""
        return None if value is None else _DATA[self.unit](value)


def _at(start: object, path: str) -> Any:
    """Return what attributes lead to, None where one of them is."""
    for attribute in _steps(path):
        start = None if start is None else getattr(start, attribute)
    return start


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def fields_for(fields: Iterable[Field], execution: Execution | None, csv: bool = False) -> list[Field]:
    """Return the fields that are known of layers that run so, or of which no execution is given.

    csv: whether bounds are among them on no machine too, as CSV has the same columns on any and on none.
    """
    said = ALWAYS
    if execution is not None:
        said = BOUNDED if csv or execution.machine is not None else MOVED
        said = ESTIMATED if execution.machine is not None and execution.machine.measured is not None else said
    return [field for field in fields if field.needs <= said]


def data(fields: Iterable[Field], row: object, result: object, built: bool = True) -> Document:
    """Return what is known of a row, as an object in JSON has it."""
    return {field.key: field.datum(row, result, built) for field in fields}


def totals(fields: Iterable[Field], result: object) -> Document:
    """Return what all rows come to, as an object in JSON has it."""
    summed = (field for field in fields if field.total or field.of_result)
    return {field.key: field.as_data(field.in_all(result)) for field in summed}


def record(fields: Iterable[Field], row: object, result: object, built: bool = True) -> Record:
    """Return what is known of a row, as CSV has it."""
    return {field.name: field.datum(row, result, built) for field in fields if field.csv}


SCHEME_FIELDS = (
    Field("weights", "cost.weights", "count", heading="weights"),
    Field(
        "macs_per_position",
        "cost.macs_per_position",
        "count",
        heading=lambda result: "MACs/position" if result.layer.size is None else None,
    ),
    Field("macs", "cost.macs", "count", heading=lambda result: "MACs" if result.layer.size else None),
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
    Field("bound_by", "load.bound.by", "word", BOUNDED, "bound by"),
    Field("time", "saving.time", "factor", BOUNDED, "time saving", group="saving"),
    Field("time_estimate_s", "load.estimate", "seconds", ESTIMATED, "estimate"),
    Field("error", "machine.measured.error", "ratio", ESTIMATED, of_result=True),
    Field("time_estimate", "saving.time_estimate", "factor", ESTIMATED, "estimated saving", group="saving"),
)
"""What is known of a scheme and, savings apart, of each of its stages."""


def _where(metric: str, heading: str) -> Callable[[Any], str | None]:
    """Return a heading that an audit has where its layers are counted in that metric."""
    return lambda view: heading if view.counted == metric else None


LAYER_FIELDS = (
    Field("weights", "row.layer.weights", "count", heading="weights", total="audit.totals.weights"),
    Field("macs", "row.layer.macs", "macs", heading=lambda view: view.unit.name, total="audit.totals.macs"),
    Field(
        "weights",
        "row.replacement.weights",
        "count",
        heading=_where("weights", "weights replaced"),
        group="replacement",
        total="audit.replaced.weights",
    ),
    Field(
        "macs",
        "row.replacement.macs",
        "macs",
        heading=_where("macs", "replaced"),
        group="replacement",
        total="audit.replaced.macs",
    ),
    Field(
        "macs", "row.saving", "factor", heading=_where("macs", "saving"), group="saving", total="audit.saving"
    ),
    Field(
        "weights",
        "row.weights_saving",
        "factor",
        heading=_where("weights", "weights saving"),
        group="saving",
        total="audit.weights_saving",
    ),
    Field("bytes", "load.now.bytes", "count", MOVED, BYTES_MOVED, total="bounded.work.bytes"),
    Field("intensity", "load.now.intensity", "ratio", MOVED),
    Field("time_bound_s", "load.now.seconds", "seconds", BOUNDED, "bound", total="bounded.bounds.seconds"),
    Field("bound_by", "load.now.bound.by", "word", BOUNDED, "bound by"),
    Field(
        "bytes",
        "load.replacement.bytes",
        "count",
        MOVED,
        group="replacement",
        total="bounded.replaced_work.bytes",
    ),
    Field("intensity", "load.replacement.intensity", "ratio", MOVED, group="replacement", csv=False),
    Field(
        "time_bound_s",
        "load.replacement.seconds",
        "seconds",
        BOUNDED,
        "bound replaced",
        group="replacement",
        total="bounded.bounds.replaced_seconds",
    ),
    Field("bound_by", "load.replacement.bound.by", "word", BOUNDED, group="replacement", csv=False),
    Field(
        "time", "load.saving", "factor", BOUNDED, "time saving", group="saving", total="bounded.bounds.saving"
    ),
    Field(
        "time_estimate_s",
        "load.now.estimate",
        "seconds",
        ESTIMATED,
        "estimate",
        total="bounded.estimates.seconds",
    ),
    Field("error", "bounded.machine.measured.error", "ratio", ESTIMATED, of_result=True),
    Field(
        "time_estimate_s",
        "load.replacement.estimate",
        "seconds",
        ESTIMATED,
        "estimate replaced",
        group="replacement",
        total="bounded.estimates.replaced_seconds",
    ),
    Field(
        "error",
        "bounded.machine.measured.error",
        "ratio",
        ESTIMATED,
        group="replacement",
        of_result=True,
        csv=False,
    ),
    Field(
        "time_estimate",
        "load.estimate_change.saving",
        "factor",
        ESTIMATED,
        "estimated saving",
        group="saving",
        total="bounded.estimates.saving",
    ),
)
"""What is known of a layer of an audit, of what replaces it, and of what that saves."""

MEMORY_FIELDS = (
    Field("memory", "memory.now", "count", heading="memory", total="measures.footprint.memory.peak"),
    Field(
        "memory",
        "memory.replacement",
        "count",
        heading="memory replaced",
        group="replacement",
        total="measures.replaced_footprint.memory.peak",
    ),
    Field(
        "memory",
        "memory.saving",
        "factor",
        heading="memory saving",
        group="saving",
        total="measures.memory_saving",
    ),
)
"""The bytes of maps that live while a layer of an audit runs, where they are wanted; in all, the peak."""
