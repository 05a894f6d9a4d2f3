"""What a result's module declares of its rows, once, for JSON, its schema, CSV and tables."""

from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sepcost.core.quantity import by
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
    "binder": str,
    "lengths": list,
    "macs": int,
}
"""How a value is data, by its unit; a count that is not whole is none."""


class Field(NamedTuple):
    """One thing that is known of each row.

    key: in JSON; CSV has the group before it.
    path: the attributes that lead to it from a row; where one is None, it is not known.
    unit: 'count', 'macs', 'ratio', 'factor', 'seconds', 'lengths', 'word', or the 'binder' of a bound.
    needs: one of ALWAYS, MOVED, BOUNDED and ESTIMATED.
    heading: of its column, or what returns that for a result; None where tables leave it out.
    group: the object that holds it in JSON, '' for the row's own.
    spare: whether a narrow terminal may leave out its column.
    of_result: whether the path leads from the result, all of whose rows have it alike.
    total: the attributes that lead from the result to what all rows come to, '' where they come to nothing.
    column: its name in CSV where that is not the group and the key; None where CSV has none.
    null: whether it may be unknown of a row that can be built, of which the others are known.
    says: what it is, where that is more than its key says wherever it stands.
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
    column: str | None = ""
    null: bool = False
    says: str = ""

    @property
    def name(self) -> str:
        """The key in CSV."""
        return self.column or (f"{self.group}_{self.key}" if self.group else self.key)

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
    try:
        return _getter(path)(start)
    except AttributeError:
        for attribute in path.split("."):
            start = None if start is None else getattr(start, attribute)
        return start


_getter = cache(attrgetter)


def fields_for(fields: Iterable[Field], execution: "Execution | None", csv: bool = False) -> list[Field]:
    """Return the fields that are known of layers that run so, or of which no execution is given.

    csv: whether bounds are among them on no machine too, as CSV has the same columns on any and on none.
    """
    said = ALWAYS
    if execution is not None:
        said = BOUNDED if csv or execution.machine is not None else MOVED
        said = ESTIMATED if execution.measured is not None else said
    return [field for field in fields if field.needs <= said]


def in_group(fields: Iterable[Field], group: str) -> list[Field]:
    """Return the fields of one object."""
    return [field for field in fields if field.group == group]


def data(fields: Iterable[Field], row: object, result: object, built: bool = True) -> Document:
    """Return what is known of a row, as an object in JSON has it."""
    return {field.key: field.datum(row, result, built) for field in fields}


def totals(fields: Iterable[Field], result: object) -> Document:
    """Return what all rows come to, as an object in JSON has it."""
    summed = (field for field in fields if field.total or field.of_result)
    return {field.key: field.as_data(field.in_all(result)) for field in summed}


def record(fields: Iterable[Field], row: object, result: object, built: bool = True) -> Record:
    """Return what is known of a row, as CSV has it."""
    found = {field.name: field.datum(row, result, built) for field in fields}
    return {name: by(value) if isinstance(value, list) else value for name, value in found.items()}
