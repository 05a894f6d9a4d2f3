"""JSON Schemas of what commands print with -f json: the types of all keys, and what they say.

Keys are only ever added, so objects allow others than those that stand here.
"""

from __future__ import annotations

from collections.abc import Callable

from sepcost.core.keys import DRAFT, Schema, choice
from sepcost.report.comparison_fields import SCHEME_FIELDS
from sepcost.report.fields import MOVED, in_group
from sepcost.report.schemas.audit import audit_keys
from sepcost.report.schemas.keys import FLAG, NUMBER, TEXT, WHOLE, Keys, each, list_of, object_of, or_null
from sepcost.report.schemas.objects import (
    CONVENTION,
    COUNTS,
    GIVEN,
    LENGTHS,
    LIMITS,
    MACHINE,
    MEASURED,
    NAMES,
    NETWORK,
    OF_UNIT,
    PADDING,
    PARAMETERS,
    TIMED,
    keys_of,
)


def output_schema(command: str) -> Schema:
    """Return the JSON Schema of what a command prints with -f json."""
    required, optional = _PROPERTIES[command]()
    schema = object_of(
        {"schema": {"const": f"sepcost/{command}/1"}, "convention": CONVENTION, **required}, optional
    )
    return {"$schema": DRAFT, "$id": f"urn:sepcost:{command}:1", "title": f"sepcost {command}", **schema}


def _compare() -> Keys:
    own, saved = in_group(SCHEME_FIELDS, ""), in_group(SCHEME_FIELDS, "saving")
    counts, run = keys_of(own, null=True)
    stage = object_of(
        {
            "stage": TEXT,
            **each("n_i n_o groups", or_null(WHOLE)),
            "kernel": LENGTHS,
            **counts,
        },
        run,
    )
    counted = keys_of(field for field in own if field.unit == "count")
    scheme = object_of(
        {"scheme": TEXT, "applicable": FLAG},
        {
            "realizable": FLAG,
            "reason": or_null(TEXT),
            "multiplier": or_null(TEXT),
            **counts,
            "saving": or_null(object_of(*keys_of(saved, null=True))),
            "parameters": {"type": "object", "additionalProperties": WHOLE},
            "stages": list_of(stage, least=1),
            "exact": object_of(*(dict.fromkeys(keys, or_null(TEXT)) for keys in counted)),
            "approx": object_of(*(dict.fromkeys(keys, or_null(NUMBER)) for keys in counted)),
            "nearest_multipliers": list_of(WHOLE),
            **run,
            "note": or_null(TEXT),
        },
    )
    layer = object_of(
        {
            **each("n_i n_o f_r f_c", WHOLE),
            **each("l_r l_c", or_null(WHOLE)),
            **each("stride dilation", LENGTHS),
            "padding": PADDING,
            "out": or_null(LENGTHS),
            "gamma": TEXT,
        }
    )
    required = {"layer": layer, "against": TEXT, "budgets": LIMITS, "schemes": list_of(scheme, least=1)}
    return required, {"machine": or_null(MACHINE)}


_VERDICTS = (
    *("always", "never", "from", "up_to", "between"),
    *("several", "depends", "not_applicable", "undecided"),
)


def _breakeven() -> Keys:
    ends = {**each("lower upper", or_null(TEXT)), **each("lower_approx upper_approx", or_null(NUMBER))}
    row = object_of(
        {
            "scheme": TEXT,
            "metrics": list_of(TEXT, least=1),
            "verdict": choice(*_VERDICTS),
            **each("condition latex", or_null(TEXT)),
            "intervals": list_of(object_of(ends)),
            **each("first last strictly_first strictly_last", or_null(WHOLE)),
            "independent": FLAG,
            "cases": list_of(object_of({"when": TEXT, "condition": TEXT}, {"latex": TEXT})),
        },
        {
            "strictly": or_null(TEXT),
            **each("first_realizable last_realizable", or_null(WHOLE)),
            "constraints": NAMES,
            "steps": NAMES,
            "machines": NAMES,
            "reason": TEXT,
        },
    )
    required = {"unknown": TEXT, "against": TEXT, "given": GIVEN, "results": list_of(row, least=1)}
    return required, {"tied": FLAG, "machine": or_null(MACHINE)}


def _formula() -> Keys:
    names = "weights macs inputs outputs bytes intensity"
    costs = {**each(names, TEXT), "latex": object_of({}, each(names, TEXT))}
    scheme = object_of(
        {"scheme": TEXT, "applicable": FLAG},
        {
            "realizable": FLAG,
            "reason": TEXT,
            **costs,
            "parameters": PARAMETERS,
            "constraints": NAMES,
            "stages": list_of(object_of({"stage": TEXT}, costs), least=1),
        },
    )
    return {"given": GIVEN, "schemes": list_of(scheme, least=1)}, {}


def _fit() -> Keys:
    row = object_of(
        {"largest": or_null(NUMBER), **each("weights macs", or_null(WHOLE)), "limited_by": NAMES},
        {"scheme": TEXT, "reason": TEXT, **each("memory storage", or_null(WHOLE)), "time": or_null(NUMBER)},
    )
    budget = object_of({}, {**COUNTS, **each("memory storage", WHOLE), "time": NUMBER})
    required = {"unknown": TEXT, "budget": budget, "results": list_of(row, least=1)}
    run = {"machine": or_null(MACHINE), "source": choice("bound", "estimate"), "error": NUMBER}
    return required, {"given": GIVEN, "network": NETWORK, **run}


def _sweep() -> Keys:
    row = object_of(
        {
            **each("n_i n_o f_r f_c", WHOLE),
            **each("l_r l_c", or_null(WHOLE)),
            **each("stride dilation padding gamma scheme", TEXT),
            "bias": CONVENTION["properties"]["bias"],
            **each("applicable realizable", FLAG),
            "multiplier": or_null(TEXT),
            **each("weights macs inputs outputs bytes", or_null(WHOLE)),
            **each("saving_weights saving_macs intensity", or_null(NUMBER)),
        },
        {field.name: or_null(OF_UNIT[field.unit]) for field in SCHEME_FIELDS if field.needs > MOVED},
    )
    return {"machine": or_null(MACHINE), "against": TEXT, "rows": list_of(row)}, {}


def _check() -> Keys:
    budget = object_of(
        {"name": TEXT, **MEASURED}, {"layer": TEXT, "others": NAMES, "bytes": or_null(WHOLE), **TIMED}
    )
    return {"passed": FLAG, "budgets": list_of(budget, least=1)}, {}


def _schemes() -> Keys:
    stage = {"stage": TEXT, **each("writes groups kernel", TEXT), "from": or_null(TEXT)}
    scheme = {
        **each("scheme summary source weights latex", TEXT),
        "parameters": PARAMETERS,
        "stages": list_of(object_of(stage), least=1),
    }
    return {"schemes": list_of(object_of(scheme), least=1)}, {}


def _machines() -> Keys:
    return {"machines": list_of(MACHINE, least=1)}, {}


_PROPERTIES: dict[str, Callable[[], Keys]] = {
    "compare": _compare,
    "breakeven": _breakeven,
    "formula": _formula,
    "fit": _fit,
    "sweep": _sweep,
    "audit": audit_keys,
    "check": _check,
    "machines": _machines,
    "schemes": _schemes,
}
"""The keys that each command's JSON has beside its schema and convention, and those that it may have."""

OUTPUTS = tuple(_PROPERTIES)
"""The commands whose JSON names a schema: sepcost/NAME/1."""
