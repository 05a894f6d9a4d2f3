"""The objects that several commands' JSON has, and the keys of fields of rows."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.core.keys import Schema, choice
from sepcost.report.fields import ALWAYS, Field
from sepcost.report.schemas.keys import FLAG, NUMBER, TEXT, WHOLE, Keys, each, list_of, object_of, or_null

LENGTHS = list_of(WHOLE, least=1)
NAMES = list_of(TEXT)
PADDING: Schema = {"anyOf": [choice("same", "valid"), LENGTHS]}
COUNTS = each("weights macs", WHOLE)
OF_UNIT = {
    **dict.fromkeys(("count", "macs"), WHOLE),
    **dict.fromkeys(("ratio", "factor", "seconds"), NUMBER),
    "word": TEXT,
    "binder": choice("compute", "memory", "mixed"),
    "lengths": list_of(WHOLE),
}
"""What a field is in JSON, by its unit."""
CONVENTION = object_of(
    {"unit": TEXT, "bias": {"anyOf": [FLAG, choice("last")]}, "batch": WHOLE},
    {"bytes": or_null(WHOLE), "fused": FLAG, "counted": NAMES, "norm": WHOLE},
)
MACHINE = object_of(
    {
        "name": or_null(TEXT),
        **each("peak bandwidth bytes", WHOLE),
        **each("memory storage", or_null(WHOLE)),
        "balance": NUMBER,
        "source": or_null(TEXT),
    },
    {
        "cache": list_of(object_of(each("size bandwidth", WHOLE))),
        "launch_s": NUMBER,
        "efficiency": {"type": "object", "additionalProperties": NUMBER},
        "error": or_null(NUMBER),
    },
)
MEASURED = {"metric": TEXT, "limit": NUMBER, "value": NUMBER, "passed": FLAG}
FITS = object_of({"passed": or_null(FLAG), "limits": list_of(object_of(MEASURED))}, {"reason": TEXT})
FOOTPRINT = {
    "memory": object_of(
        {
            "peak": or_null(WHOLE),
            "at": or_null(TEXT),
            "live": list_of(object_of({"name": TEXT, "bytes": WHOLE})),
        },
        {"reason": or_null(TEXT)},
    ),
    "storage": or_null(WHOLE),
}
TIMED = {"source": TEXT, "error": or_null(NUMBER)}
LIMITS = list_of(object_of({"name": TEXT, **MEASURED}, TIMED))
GIVEN = object_of(
    {},
    {
        **each("n_i n_o f_r f_c l_r l_c", WHOLE),
        "gamma": TEXT,
        **each("stride dilation", LENGTHS),
        "padding": PADDING,
        "parameters": {"type": "object"},
    },
)
PARAMETERS = list_of(object_of({"name": TEXT, "symbol": TEXT, "default": TEXT}, {"summary": TEXT}))
NETWORK = object_of(
    {"name": TEXT, "format": TEXT, "input": list_of(or_null(WHOLE), least=1)},
    {"batch_divided_out": WHOLE, "not_divided": or_null(TEXT)},
)


def keys_of(fields: Iterable[Field], null: bool = False) -> Keys:
    """Return the keys of fields that are always there, and those that depend on how layers run.

    null: whether any of them may be null, and not only those that say so.
    """
    always: dict[str, Schema] = {}
    others: dict[str, Schema] = {}
    for field in fields:
        schema = OF_UNIT[field.unit]
        schema = or_null(schema) if null or field.null else schema
        found = always if field.needs == ALWAYS else others
        found[field.key] = {"description": field.says, **schema} if field.says else schema
    return always, others
