"""The keys of a budgets file: what the reader takes, and the JSON Schema and the docs say."""

from __future__ import annotations

from fractions import Fraction

from sepcost.core.errors import QuantityError
from sepcost.core.files import checked_text
from sepcost.core.keys import (
    DRAFT,
    FLAG,
    WHOLE,
    Form,
    Key,
    Schema,
    any_of,
    by_key,
    lengths_schema,
    scaled_schema,
    table_schema,
    tables_form,
    text,
)
from sepcost.core.metrics import LIMITED, TIME, Metric
from sepcost.core.quantity import Lengths, checked_lengths, checked_ratio, lengths, named_shape, ratio, shape
from sepcost.core.scaled import byte_limit, duration, limit
from sepcost.core.units import BYTE_UNITS, SUFFIXES, TIME_UNITS
from sepcost.network.names import LONGEST_NAME

Shapes = tuple[tuple[str, tuple[int, ...]], ...]
"""Shapes by the names of inputs, '' for the first."""

LIMITS = {metric: f"max_{metric}" for metric in ("macs", *LIMITED)}
"""The key of each metric's limit."""

_LONGEST_PATH = 4096
_MOST = 10**64


def _checked_limit(value: object) -> int:
    return limit(_limit_text(value))


def _checked_bytes(value: object) -> int:
    return byte_limit(_limit_text(value))


def _limit_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise QuantityError("is not a limit: write a whole number, or a text such as '4.3M'")
    if isinstance(value, int) and not 1 <= value < _MOST:
        raise QuantityError("is not a whole number of at least 1, and at most 64 digits long")
    return str(value)


def _checked_shapes(value: object) -> Shapes:
    """Return the shape of the first input, or of those that a table names, '' for the first.

    One alone may be named in its text, t=1x128, as an option has it.
    """
    if not isinstance(value, dict):
        return (named_shape(checked_text(value, LONGEST_NAME)),)
    return tuple((name, shape(checked_text(one, LONGEST_NAME))) for name, one in value.items())


def _checked_width(value: object) -> Fraction:
    """Return an exact ratio: 0.75 as it is written, not as its binary fraction."""
    return ratio(repr(value)) if isinstance(value, float) else checked_ratio(value)


def _checked_size(value: object) -> Lengths:
    return lengths(value) if isinstance(value, str) else checked_lengths(value)


def _checked_operators(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise QuantityError('is not a list of operators such as ["LSTM"]')
    return tuple(value)


_TEXT: Schema = {"type": "string", "minLength": 1}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_NAME = text(LONGEST_NAME)
_PATH = text(_LONGEST_PATH)
_FORMS = {
    "count": Form(_checked_limit, any_of(_COUNT, scaled_schema(SUFFIXES))),
    "bytes": Form(_checked_bytes, any_of(_COUNT, scaled_schema(BYTE_UNITS))),
    "seconds": Form(duration, scaled_schema(TIME_UNITS)),
}
"""How a limit is written, by the unit of its metric."""


def _limit_key(metric: Metric) -> Key:
    most = "longest that it takes on the machine" if metric.key == TIME else f"most {metric.heading}"
    return Key(LIMITS[metric.key], _FORMS[metric.unit], f"the {most}, {metric.example}")


BUDGET_KEYS = (
    Key("name", _NAME, "what the budget is called"),
    Key("network", _PATH, "the network's file, from the folder of this one"),
    Key(
        "width",
        Form(_checked_width, any_of({"type": "number", "exclusiveMinimum": 0}, _TEXT)),
        "of a TOML network: multiplies its channels",
        "1",
    ),
    Key(
        "size",
        Form(_checked_size, any_of(*lengths_schema()["anyOf"], _TEXT)),
        "of a TOML network: input rows and columns",
        "its own",
    ),
    Key(
        "input_shape",
        Form(_checked_shapes, any_of(_TEXT, {"type": "object", "additionalProperties": _TEXT})),
        "of an exported network: 1x3x224x224, t=1x128, or a table of shapes by the names of inputs",
        "its own",
    ),
    Key("unbatched", FLAG, "whether an exported network's input has no batch in front", "false"),
    *(_limit_key(LIMITED[metric]) for metric in LIMITS),
    Key(
        "machine",
        _PATH,
        "the machine that it runs on, whose memory and storage then are limits too: a name, or a file",
    ),
    Key(
        "bytes",
        WHOLE,
        "bytes of one element",
        "the machine's, else 4; memory and storage: first the file's own",
    ),
    Key("layer", _NAME, "a pattern such as conv*: the limits then hold for each layer that it names"),
    Key(
        "allow",
        Form(_checked_operators, {"type": "array", "items": {"type": "string"}}),
        "operators of unknown cost that are left out",
        "none",
    ),
)
"""What a [[budget]] may hold."""

FILE_KEYS = (
    Key(
        "budget",
        tables_form(
            table_schema(
                BUDGET_KEYS,
                ("name", "network"),
                anyOf=[{"required": [key]} for key in (*LIMITS.values(), "machine")],
            )
        ),
        "the budgets",
    ),
)

_BY_NAME = by_key(BUDGET_KEYS)


def budget_key(name: str) -> Key:
    """Return a key of a [[budget]]."""
    return _BY_NAME[name]


def budgets_schema() -> Schema:
    """Return the JSON Schema of a budgets file."""
    return {"$schema": DRAFT, "title": "budgets for sepcost", **table_schema(FILE_KEYS, ("budget",))}
