"""The keys of a file of schemes: what the reader takes, and the JSON Schema says."""

from __future__ import annotations

import re

from sepcost.core.errors import QuantityError, as_given, quoted
from sepcost.core.expression import LONGEST, Expression, read_expression
from sepcost.core.files import Table, checked_text
from sepcost.core.keys import (
    DRAFT,
    FLAG,
    Form,
    Key,
    Schema,
    any_of,
    by_key,
    choice,
    table_schema,
    tables_form,
    text,
    whole_schema,
)
from sepcost.core.scheme import KERNELS, NONE

MOST_STAGES = 64
SYMBOL = r"[A-Za-z][A-Za-z0-9_]{0,19}"
"""What a parameter is called."""

_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,39}"
_LONGEST_TEXT = 1000


def _checked_name(value: object) -> str:
    name = checked_text(value, _LONGEST_TEXT)
    if not re.fullmatch(_NAME, name):
        raise QuantityError(f"{quoted(name)} is not a name of letters, digits, - and _ of at most 40")
    return name


def checked_expression(value: object) -> Expression:
    """Return an expression that a text is, or a whole number; QuantityError for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise QuantityError('is not an expression such as "N_o/2"')
    return read_expression(value)


def _checked_kernel(value: object) -> str:
    if not isinstance(value, str) or value not in KERNELS:
        raise QuantityError(f"{as_given(value)} is not one of {', '.join(KERNELS)}")
    return value


def _checked_parameters(value: object) -> Table:
    if not isinstance(value, dict):
        raise QuantityError('is not a table such as { s = "N_i/4" }')
    return value


_TEXT = text(_LONGEST_TEXT)
_NAMED = Form(_checked_name, {"type": "string", "pattern": f"^{_NAME}$"})
_EXPRESSION = Form(
    checked_expression,
    any_of(
        whole_schema(),
        {"type": "string", "pattern": r"^[A-Za-z0-9_\s+*/^()-]+$", "maxLength": LONGEST},
    ),
)
_PARAMETERS = Form(
    _checked_parameters,
    {
        "type": "object",
        "propertyNames": {"pattern": f"^{SYMBOL}$"},
        "additionalProperties": _EXPRESSION.schema,
    },
)

STAGE_KEYS = (
    Key("name", _NAMED, "what the stage is called"),
    Key("writes", _EXPRESSION, "the channels that it writes, an expression such as N_o/2"),
    Key("groups", _EXPRESSION, "in how many groups of channels", "1"),
    Key(
        "kernel",
        Form(_checked_kernel, choice(*KERNELS)),
        "which axes of the layer's kernel it takes: both, rows, columns or none, which is one tap",
        NONE,
    ),
    Key("from", _TEXT, "the earlier stage that it reads, or input", "the one before"),
    Key("joins", FLAG, "whether its map is part of the output although another stage reads it", "false"),
)
"""What a [[scheme.stage]] may hold."""

_STAGES = tables_form(table_schema(STAGE_KEYS, ("name", "writes")))

SCHEME_KEYS = (
    Key("name", _NAMED, "what the scheme is called, as --scheme takes it"),
    Key("summary", _TEXT, "what it is"),
    Key("source", _TEXT, "where it comes from"),
    Key("parameters", _PARAMETERS, 'its parameters, whole numbers, with defaults: { s = "N_i/4" }', "none"),
    Key(
        "stage",
        _STAGES._replace(schema={**_STAGES.schema, "maxItems": MOST_STAGES}),
        "its stages, in order; those that no other reads write N_o channels together",
    ),
)
"""What a [[scheme]] may hold."""

FILE_KEYS = (Key("scheme", tables_form(table_schema(SCHEME_KEYS, ("name", "stage"))), "the schemes"),)

_OF_SCHEME, _OF_STAGE = by_key(SCHEME_KEYS), by_key(STAGE_KEYS)


def scheme_key(name: str) -> Key:
    """Return a key of a [[scheme]]."""
    return _OF_SCHEME[name]


def stage_key(name: str) -> Key:
    """Return a key of a [[scheme.stage]]."""
    return _OF_STAGE[name]


def scheme_schema() -> Schema:
    """Return the JSON Schema of a file of schemes."""
    return {"$schema": DRAFT, "title": "schemes for sepcost", **table_schema(FILE_KEYS, ("scheme",))}
