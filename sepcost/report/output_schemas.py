"""JSON Schemas of what commands print with -f json: the types of all keys, and what they say.

Keys are only ever added, so objects allow others than those that stand here.
"""

from __future__ import annotations

from collections.abc import Callable

from sepcost.core.keys import DRAFT, Schema, choice
from sepcost.core.printed import CUT, EXACT, ROUNDED
from sepcost.report.output_keys import FLAG, NUMBER, TEXT, WHOLE, each, list_of, object_of, or_null


def output_schema(command: str) -> Schema:
    """Return the JSON Schema of what a command prints with -f json."""
    required, optional = _PROPERTIES[command]()
    schema = object_of(
        {"schema": {"const": f"sepcost/{command}/1"}, "convention": _CONVENTION, **required}, optional
    )
    return {"$schema": DRAFT, "$id": f"urn:sepcost:{command}:1", "title": f"sepcost {command}", **schema}


_LENGTHS = list_of(WHOLE, least=1)
_NAMES = list_of(TEXT)
_PADDING: Schema = {"anyOf": [choice("same", "valid"), _LENGTHS]}
_COUNTS = each("weights macs", WHOLE)
_MOVED = {"bytes": WHOLE, "intensity": NUMBER}
_TIMES = {
    "time_bound_s": or_null(NUMBER),
    "bound_by": or_null(choice("compute", "memory", "mixed")),
    "time_estimate_s": or_null(NUMBER),
    "error": or_null(NUMBER),
}
_CONVENTION = object_of(
    {"unit": TEXT, "bias": {"anyOf": [FLAG, choice("last")]}, "batch": WHOLE},
    {"bytes": or_null(WHOLE), "fused": FLAG, "counted": _NAMES, "norm": WHOLE},
)
_MACHINE = object_of(
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
_MEASURED = {"metric": TEXT, "limit": NUMBER, "value": NUMBER, "passed": FLAG}
_FITS = object_of({"passed": or_null(FLAG), "limits": list_of(object_of(_MEASURED))}, {"reason": TEXT})
_FOOTPRINT = {
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
_TIMED = {"source": TEXT, "error": or_null(NUMBER)}
_LIMITS = list_of(object_of({"name": TEXT, **_MEASURED}, _TIMED))
_GIVEN = object_of(
    {},
    {
        **each("n_i n_o f_r f_c l_r l_c", WHOLE),
        "gamma": TEXT,
        **each("stride dilation", _LENGTHS),
        "padding": _PADDING,
        "parameters": {"type": "object"},
    },
)
_PARAMETERS = list_of(object_of({"name": TEXT, "symbol": TEXT, "default": TEXT}, {"summary": TEXT}))


_COUNTED = "weights macs_per_position macs"


def _compare() -> tuple[dict[str, Schema], dict[str, Schema]]:
    counts = each(_COUNTED, or_null(WHOLE))
    stage = object_of(
        {
            "stage": TEXT,
            **each("n_i n_o", or_null(WHOLE)),
            "groups": or_null(WHOLE),
            "kernel": _LENGTHS,
            **counts,
        },
        {**each("bytes", or_null(WHOLE)), **each("intensity", or_null(NUMBER)), **_TIMES},
    )
    saving = or_null(object_of({}, each("weights macs time time_estimate", or_null(NUMBER))))
    scheme = object_of(
        {"scheme": TEXT, "applicable": FLAG},
        {
            "realizable": FLAG,
            "reason": or_null(TEXT),
            "multiplier": or_null(TEXT),
            **counts,
            "saving": saving,
            "parameters": {"type": "object", "additionalProperties": WHOLE},
            "stages": list_of(stage, least=1),
            "exact": object_of(each(_COUNTED, or_null(TEXT)), each("bytes", or_null(TEXT))),
            "approx": object_of(each(_COUNTED, or_null(NUMBER)), each("bytes", or_null(NUMBER))),
            "nearest_multipliers": list_of(WHOLE),
            **each("bytes", or_null(WHOLE)),
            **each("intensity", or_null(NUMBER)),
            **_TIMES,
            "note": or_null(TEXT),
        },
    )
    layer = object_of(
        {
            **each("n_i n_o f_r f_c", WHOLE),
            **each("l_r l_c", or_null(WHOLE)),
            **each("stride dilation", _LENGTHS),
            "padding": _PADDING,
            "out": or_null(_LENGTHS),
            "gamma": TEXT,
        }
    )
    required = {"layer": layer, "against": TEXT, "budgets": _LIMITS, "schemes": list_of(scheme, least=1)}
    return required, {"machine": or_null(_MACHINE)}


_VERDICTS = (
    *("always", "never", "from", "up_to", "between"),
    *("several", "depends", "not_applicable", "undecided"),
)


def _breakeven() -> tuple[dict[str, Schema], dict[str, Schema]]:
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
            "constraints": _NAMES,
            "steps": _NAMES,
            "machines": _NAMES,
            "reason": TEXT,
        },
    )
    required = {"unknown": TEXT, "against": TEXT, "given": _GIVEN, "results": list_of(row, least=1)}
    return required, {"tied": FLAG, "machine": or_null(_MACHINE)}


def _formula() -> tuple[dict[str, Schema], dict[str, Schema]]:
    names = "weights macs inputs outputs bytes intensity"
    costs = {**each(names, TEXT), "latex": object_of({}, each(names, TEXT))}
    scheme = object_of(
        {"scheme": TEXT, "applicable": FLAG},
        {
            "realizable": FLAG,
            "reason": TEXT,
            **costs,
            "parameters": _PARAMETERS,
            "constraints": _NAMES,
            "stages": list_of(object_of({"stage": TEXT}, costs), least=1),
        },
    )
    return {"given": _GIVEN, "schemes": list_of(scheme, least=1)}, {}


def _fit() -> tuple[dict[str, Schema], dict[str, Schema]]:
    row = object_of(
        {"largest": or_null(NUMBER), **each("weights macs", or_null(WHOLE)), "limited_by": _NAMES},
        {"scheme": TEXT, "reason": TEXT, **each("memory storage", or_null(WHOLE)), "time": or_null(NUMBER)},
    )
    budget = object_of({}, {**_COUNTS, **each("memory storage", WHOLE), "time": NUMBER})
    required = {"unknown": TEXT, "budget": budget, "results": list_of(row, least=1)}
    run = {"machine": or_null(_MACHINE), "source": choice("bound", "estimate"), "error": NUMBER}
    return required, {"given": _GIVEN, "network": _NETWORK, **run}


def _sweep() -> tuple[dict[str, Schema], dict[str, Schema]]:
    row = object_of(
        {
            **each("n_i n_o f_r f_c", WHOLE),
            **each("l_r l_c", or_null(WHOLE)),
            **each("stride dilation padding gamma scheme", TEXT),
            "bias": _CONVENTION["properties"]["bias"],
            **each("applicable realizable", FLAG),
            "multiplier": or_null(TEXT),
            **each("weights macs inputs outputs bytes", or_null(WHOLE)),
            **each("saving_weights saving_macs intensity", or_null(NUMBER)),
        },
        {**_TIMES, **each("saving_time saving_time_estimate", or_null(NUMBER))},
    )
    return {"machine": or_null(_MACHINE), "against": TEXT, "rows": list_of(row)}, {}


_NETWORK = object_of(
    {"name": TEXT, "format": TEXT, "input": list_of(or_null(WHOLE), least=1)},
    {"batch_divided_out": WHOLE, "not_divided": or_null(TEXT)},
)
_LAYER: dict[str, Schema] = {
    **each("name op kind", TEXT),
    **each("n_i n_o groups positions weights macs", WHOLE),
    **each("kernel stride dilation", list_of(WHOLE)),
    **each("reads writes", or_null(list_of(WHOLE))),
    "path": or_null(TEXT),
}


def _audit() -> tuple[dict[str, Schema], dict[str, Schema]]:
    flops = {"flops": WHOLE}
    run = {**_MOVED, **_TIMES, **flops}
    wanted = {**run, "memory": WHOLE}
    saving = object_of({"macs": NUMBER}, each("weights memory time time_estimate", or_null(NUMBER)))
    replacement = or_null(object_of({"scheme": TEXT, **_COUNTS}, wanted))
    totals = object_of(
        {
            **_COUNTS,
            "parameters": or_null(object_of({**each("weights biases normalization all", WHOLE)})),
            **_FOOTPRINT,
        },
        {"storage_reason": TEXT, **run},
    )
    replaced = {**_FOOTPRINT, "storage_reason": TEXT, "fits": or_null(_FITS), **run}
    counts = list_of(object_of({"op": TEXT, "count": WHOLE}))
    held = list_of(object_of({"op": TEXT, **_COUNTS}, flops))
    time = {**each("gaining losing", _NAMES), "leaves_out_uncounted": FLAG}
    estimate = object_of(each("gaining losing", _NAMES), each("best_time_estimate_s", NUMBER))
    layer = object_of(_LAYER, flops)
    change = list_of(object_of({"name": TEXT, "before": layer, "after": layer}))
    changes = object_of({**each("added removed", list_of(layer)), "changed": change})
    layers = object_of({**_LAYER, "replacement": replacement}, {"reason": TEXT, "saving": saving, **wanted})
    required = {
        "network": _NETWORK,
        "layers": list_of(layers),
        "totals": totals,
        "subtotals": list_of(object_of({"kind": TEXT, "layers": WHOLE, **_COUNTS}, flops)),
        "replaced": object_of({**_COUNTS, "layers": WHOLE}, replaced),
        "uncounted": object_of(each("free opaque", counts), {"held": held}),
        "budgets": _LIMITS,
    }
    plan = {"metric": TEXT, "target": NUMBER, "reached": FLAG, "layers": _NAMES, "value": NUMBER}
    planned = {"source": TEXT, "fits": _FITS, **flops}
    return required, {
        "like": _like(),
        "expect": object_of({}, {"macs": _expected(), "weights": _expected()}),
        "plan": object_of(plan, {**planned, "least": object_of(plan, planned)}),
        "machine": or_null(_MACHINE),
        "fits": or_null(_FITS),
        "time": object_of(time, {"best_time_bound_s": NUMBER, "estimate": estimate}),
        "against": object_of({"network": _NETWORK, "totals": totals}),
        "changes": changes,
    }


def _like() -> Schema:
    totals = each("parameters macs", WHOLE)
    difference = object_of({"what": TEXT, "count": WHOLE, **totals})
    return object_of(
        {
            **each("tool version", TEXT),
            "unit": choice("MAC", "FLOP"),
            **totals,
            "differences": list_of(difference),
            "comparable": FLAG,
            **each("doubts supposed", _NAMES),
        }
    )


def _expected() -> Schema:
    how = choice(EXACT, ROUNDED, CUT)
    convention = {"counts": TEXT, "without": _NAMES, "value": WHOLE}
    found = list_of(object_of({**convention, "how": how}))
    return object_of({"printed": TEXT, "conventions": found, "nearest": or_null(object_of(convention))})


def _check() -> tuple[dict[str, Schema], dict[str, Schema]]:
    budget = object_of(
        {"name": TEXT, **_MEASURED}, {"layer": TEXT, "others": _NAMES, "bytes": or_null(WHOLE), **_TIMED}
    )
    return {"passed": FLAG, "budgets": list_of(budget, least=1)}, {}


def _schemes() -> tuple[dict[str, Schema], dict[str, Schema]]:
    stage = {"stage": TEXT, **each("writes groups kernel", TEXT), "from": or_null(TEXT)}
    scheme = {
        **each("scheme summary source weights latex", TEXT),
        "parameters": _PARAMETERS,
        "stages": list_of(object_of(stage), least=1),
    }
    return {"schemes": list_of(object_of(scheme), least=1)}, {}


def _machines() -> tuple[dict[str, Schema], dict[str, Schema]]:
    return {"machines": list_of(_MACHINE, least=1)}, {}


_PROPERTIES: dict[str, Callable[[], tuple[dict[str, Schema], dict[str, Schema]]]] = {
    "compare": _compare,
    "breakeven": _breakeven,
    "formula": _formula,
    "fit": _fit,
    "sweep": _sweep,
    "audit": _audit,
    "check": _check,
    "machines": _machines,
    "schemes": _schemes,
}
"""The keys that each command's JSON has beside its schema and convention, and those that it may have."""

OUTPUTS = tuple(_PROPERTIES)
"""The commands whose JSON names a schema: sepcost/NAME/1."""
