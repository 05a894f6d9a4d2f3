"""The keys of an audit's JSON."""

from __future__ import annotations

from sepcost.core.keys import Schema, choice
from sepcost.core.printed import CUT, EXACT, ROUNDED
from sepcost.report.audit_fields import LAYER_FIELDS, MEMORY_FIELDS
from sepcost.report.fields import in_group
from sepcost.report.schemas.keys import FLAG, NUMBER, TEXT, WHOLE, Keys, each, list_of, object_of, or_null
from sepcost.report.schemas.objects import COUNTS, FITS, FOOTPRINT, LIMITS, MACHINE, NAMES, NETWORK, keys_of

_FLOPS = {"flops": WHOLE}


def _of_layers(group: str) -> Keys:
    """Return the keys of a layer, of its replacement or of what that saves; bytes of maps where wanted."""
    always, run = keys_of(in_group(LAYER_FIELDS, group))
    memory, _ = keys_of(in_group(MEMORY_FIELDS, group))
    return always, {**run, **memory}


def _summed(group: str) -> dict[str, Schema]:
    """Return the keys of what layers take together as they run."""
    return keys_of(field for field in in_group(LAYER_FIELDS, group) if field.total or field.of_result)[1]


def audit_keys() -> Keys:
    """Return the keys of an audit, with those of what its options ask."""
    totals = _totals()
    found = list_of(object_of({"op": TEXT, "count": WHOLE}))
    held = list_of(object_of({"op": TEXT, **COUNTS}, _FLOPS))
    required = {
        "network": NETWORK,
        "layers": list_of(_layer()),
        "totals": totals,
        "subtotals": list_of(object_of({"kind": TEXT, "layers": WHOLE, **COUNTS}, _FLOPS)),
        "replaced": _replaced(),
        "uncounted": object_of(each("free opaque", found), {"held": held}),
        "budgets": LIMITS,
    }
    return required, {
        "like": _like(),
        "expect": object_of({}, {"macs": _expected(), "weights": _expected()}),
        "plan": _plan(),
        "machine": or_null(MACHINE),
        "fits": or_null(FITS),
        "time": _time(),
        "against": object_of({"network": NETWORK, "totals": totals}),
        "changes": _changes(),
    }


def _layer() -> Schema:
    own, run = _of_layers("")
    counts, replaced_run = _of_layers("replacement")
    replacement = or_null(object_of(counts, {**replaced_run, **_FLOPS}))
    saving = object_of(*_of_layers("saving"))
    return object_of({**own, "replacement": replacement}, {"reason": TEXT, "saving": saving, **run, **_FLOPS})


def _totals() -> Schema:
    learned = or_null(object_of(each("weights biases normalization all", WHOLE)))
    run = {"storage_reason": TEXT, **_summed(""), **_FLOPS}
    return object_of({**COUNTS, "parameters": learned, **FOOTPRINT}, run)


def _replaced() -> Schema:
    fits = {"storage_reason": TEXT, "fits": or_null(FITS)}
    return object_of({**COUNTS, "layers": WHOLE}, {**FOOTPRINT, **fits, **_summed("replacement"), **_FLOPS})


def _plan() -> Schema:
    plan = {"metric": TEXT, "target": NUMBER, "reached": FLAG, "layers": NAMES, "value": NUMBER}
    planned = {"source": TEXT, "fits": FITS, **_FLOPS}
    return object_of(plan, {**planned, "least": object_of(plan, planned)})


def _time() -> Schema:
    changed = each("gaining losing", NAMES)
    estimate = object_of(changed, each("best_time_estimate_s", NUMBER))
    return object_of(
        {**changed, "leaves_out_uncounted": FLAG}, {"best_time_bound_s": NUMBER, "estimate": estimate}
    )


def _changes() -> Schema:
    layer = object_of(_of_layers("")[0], _FLOPS)
    changed = object_of({"name": TEXT, "before": layer, "after": layer})
    return object_of({**each("added removed", list_of(layer)), "changed": list_of(changed)})


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
            **each("doubts supposed", NAMES),
        }
    )


def _expected() -> Schema:
    how = choice(EXACT, ROUNDED, CUT)
    convention = {"counts": TEXT, "without": NAMES, "value": WHOLE}
    found = list_of(object_of({**convention, "how": how}))
    return object_of({"printed": TEXT, "conventions": found, "nearest": or_null(object_of(convention))})
