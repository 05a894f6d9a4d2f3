"""The keys of a machine in TOML: what the reader takes, and the JSON Schema says."""

from __future__ import annotations

from sepcost.core.keys import (
    DRAFT,
    WHOLE,
    Form,
    Key,
    Schema,
    any_of,
    by_key,
    scaled_schema,
    table_schema,
    tables_form,
    text,
)
from sepcost.core.scaled import byte_limit, checked_rate, checked_size, duration, limit
from sepcost.core.units import BYTE_UNITS, SUFFIXES, TIME_UNITS
from sepcost.hardware.measured import LEAST_PART, MOST_PART, STAGE_KINDS, checked_efficiency, checked_part

_LONGEST_TEXT = 1000


def _checked_rate(value: object) -> int:
    """Return MAC/s or byte/s from a number that is whole, or from a text such as 3.35T."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return limit(value) if isinstance(value, str) else checked_rate(value)


def _checked_size(value: object) -> int:
    """Return bytes from a whole number, or from a text such as 320Ki."""
    return byte_limit(value) if isinstance(value, str) else checked_size(value)


_COUNT: Schema = {"type": "integer", "minimum": 1}
_TEXT = text(_LONGEST_TEXT)
_RATE = Form(_checked_rate, any_of(_COUNT, scaled_schema(SUFFIXES)))
_SIZE = Form(_checked_size, any_of(_COUNT, scaled_schema(BYTE_UNITS)))
_TIME = Form(duration, scaled_schema(TIME_UNITS))
_PART = Form(
    checked_part,
    any_of(
        {"type": "number", "minimum": float(LEAST_PART), "maximum": MOST_PART},
        {"type": "string", "pattern": r"^[0-9]+([./][0-9]+)?$"},
    ),
)
_EFFICIENCY = Form(
    checked_efficiency,
    {
        "type": "object",
        "properties": dict.fromkeys(STAGE_KINDS, _PART.schema),
        "additionalProperties": False,
    },
)

CACHE_KEYS = (
    Key("size", _SIZE, "the bytes that it holds, 512Ki"),
    Key("bandwidth", _RATE, "the byte/s at which it moves them, 60G"),
)
"""What a [[cache]] holds."""

MACHINE_KEYS = (
    Key("name", _TEXT, "what the machine is called"),
    Key("peak", _RATE, "its MAC/s, half of FLOP/s, 495T"),
    Key("bandwidth", _RATE, "its byte/s, between memory and arithmetic, 3.35T"),
    Key("bytes", WHOLE, "bytes of one element", "4"),
    Key("memory", _SIZE, "the bytes that it has for maps, and for parameters where it has no storage, 320Ki"),
    Key("storage", _SIZE, "the bytes that it has for parameters, 1Mi"),
    Key(
        "cache",
        tables_form(table_schema(CACHE_KEYS, ("size", "bandwidth"))),
        "its caches, the smallest first, as they were measured",
    ),
    Key("launch", _TIME, "the time that a pass costs whatever it does, as it was measured, 3us"),
    Key("efficiency", _EFFICIENCY, "the part of the peak that a kind of stage reaches, as it was measured"),
    Key("error", _PART, "the median error of estimates of layers, a part of their time"),
    Key("source", _TEXT, "the source of its figures"),
)
"""What a machine's file may hold."""

MEASURED = ("cache", "launch", "efficiency", "error")
"""The keys of what estimates are made from."""

_OF_MACHINE, _OF_CACHE = by_key(MACHINE_KEYS), by_key(CACHE_KEYS)


def machine_key(name: str) -> Key:
    """Return a key of a machine's file."""
    return _OF_MACHINE[name]


def cache_key(name: str) -> Key:
    """Return a key of a [[cache]]."""
    return _OF_CACHE[name]


def machine_schema() -> Schema:
    """Return the JSON Schema of a machine's file."""
    keys = table_schema(MACHINE_KEYS, ("peak", "bandwidth"))
    return {"$schema": DRAFT, "title": "a machine for sepcost", **keys}
