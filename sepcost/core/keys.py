"""The keys that a TOML table may hold: one table of them reads the file, and is its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.files import Table, checked_tables, checked_text
from sepcost.core.quantity import LARGEST, MOST_AXES, checked_field, checked_lengths, checked_whole

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect of JSON Schema that schemas here are written in."""


class Form(NamedTuple):
    """What a value may be.

    check: returns the value as it is used, or raises QuantityError. schema: the same as JSON Schema.
    """

    check: Callable[[object], Any]
    schema: Schema


class Key(NamedTuple):
    """One key of a table: what its value may be, and what it says. default: as text, '' where none."""

    name: str
    form: Form
    summary: str
    default: str = ""

    def read(self, table: Table, default: Any = None) -> Any:
        """Return the checked value under the key, the default where there is none."""
        return checked_field(self.name, self.form.check, table[self.name]) if self.name in table else default

    def required(self, table: Table) -> Any:
        """Return the checked value under the key; FieldError where there is none."""
        if self.name not in table:
            raise FieldError(self.name, "is missing")
        return self.read(table)

    @property
    def schema(self) -> Schema:
        """The key as JSON Schema."""
        said = f"{self.summary}; unless given: {self.default}" if self.default else self.summary
        return {"description": said, **self.form.schema}


def by_key(keys: Iterable[Key]) -> dict[str, Key]:
    """Return keys by their names."""
    return {key.name: key for key in keys}


def table_schema(keys: Iterable[Key], required: Iterable[str] = (), **more: Any) -> Schema:
    """Return a table of those keys, and of no others, as JSON Schema."""
    properties = {key.name: key.schema for key in keys}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def text(longest: int) -> Form:
    """Return the form of a text of at most so many characters, and at least one."""
    return Form(
        partial(checked_text, longest=longest), {"type": "string", "minLength": 1, "maxLength": longest}
    )


def tables_form(schema: Schema) -> Form:
    """Return the form of `[[...]]` tables, whose content is read by whoever has the key."""
    return Form(checked_tables, {"type": "array", "minItems": 1, "items": schema})


def whole_schema(least: int = 1) -> Schema:
    """Return a whole number from `least` to 10^9 as JSON Schema."""
    return {"type": "integer", "minimum": least, "maximum": LARGEST}


def lengths_schema(least: int = 1) -> Schema:
    """Return one whole number, or a list of one for each axis, as JSON Schema."""
    one = whole_schema(least)
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_AXES}]}


def scaled_schema(units: Iterable[str]) -> Schema:
    """Return a text of a number and one of some units, '' for none, as JSON Schema."""
    return {"type": "string", "pattern": rf"^[0-9]+(\.[0-9]+)?({'|'.join(units)})$"}


def choice(*values: object) -> Schema:
    """Return one of some values as JSON Schema."""
    return {"enum": list(values)}


def any_of(*schemas: Mapping[str, Any]) -> Schema:
    """Return what any of some JSON Schemas allow."""
    return {"anyOf": [dict(schema) for schema in schemas]}


def checked_flag(value: object) -> bool:
    """Return true or false; QuantityError for anything else."""
    if not isinstance(value, bool):
        raise QuantityError("is neither true nor false")
    return value


WHOLE = Form(checked_whole, whole_schema())
LENGTHS = Form(checked_lengths, lengths_schema())
FLAG = Form(checked_flag, {"type": "boolean"})
