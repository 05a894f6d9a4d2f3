"""The keys of the JSON that commands print: what each says wherever it stands, and objects of them."""

from __future__ import annotations

from collections.abc import Mapping

from sepcost.core.keys import Schema

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}

Keys = tuple[dict[str, Schema], dict[str, Schema]]
"""The keys that an object has, and those that it may have."""

SAYS = {
    "added": "layers that the other network does not have",
    "after": "the layer as it is",
    "against": "the baseline: what is compared with",
    "all": "all of them",
    "applicable": "whether the scheme is defined for these sizes",
    "approx": "the exact counts as decimals",
    "at": "the operator at which the peak is",
    "balance": "MACs per byte at which arithmetic and memory take equally long",
    "bandwidth": "bytes per second between memory and arithmetic",
    "batch": "inputs at once",
    "batch_divided_out": "by how much the file's own sizes are divided",
    "before": "the layer as it was",
    "best_time_bound_s": "the bound in seconds with the replacements that do not lose time",
    "best_time_estimate_s": "the estimate in seconds with the replacements that do not lose time",
    "bias": "whether biases count as weights: of no stage, of each, or of the last",
    "biases": "biases held",
    "bound_by": "what binds it; mixed where passes differ",
    "budget": "the limits that are kept, by metric",
    "budgets": "limits, each with what it was compared with",
    "bytes": "bytes: moved through memory, of a map, or of one element, null for the file's own types",
    "cache": "caches, each with its size and bandwidth",
    "cases": "the answer for each condition on a free symbol",
    "changed": "layers that both have, of different sizes or costs",
    "changes": "the layers that are not in both networks alike",
    "comparable": "whether the file holds all that the counter counts",
    "condition": "the answer as a relation, or always",
    "constraints": "what must hold for the scheme to be built, of symbols left free",
    "convention": "what is counted, and how layers run",
    "conventions": "the ways to count that give the printed number, none where none does",
    "count": "how many there are",
    "counted": "operators that are counted",
    "counts": "what is counted",
    "default": "the value where none is given",
    "differences": "what sets the counter's totals apart, a row a kind of operator",
    "dilation": "dilation on each axis",
    "doubts": "why the counter's totals cannot be had from the file",
    "efficiency": "the part of the peak that is reached, by kind of stage",
    "error": "the relative error of an estimate, as measured on other layers",
    "estimate": "by estimates: what is said of bounds beside it",
    "exact": "counts that are not whole, exactly",
    "expect": "the conventions that give numbers as they were printed",
    "f_c": "columns of the kernel",
    "f_r": "rows of the kernel",
    "first": "the smallest admissible whole value at which it costs no more; null for none",
    "fits": "whether the network, as it is or replaced, fits the machine; null where that has no sizes",
    "first_realizable": "the smallest of those at which every depthwise multiplier is whole too",
    "flops": "FLOPs, 2 a MAC",
    "format": "the format of the file",
    "free": "operators that are not counted and do no products of weights",
    "from": "the stage whose map it reads; null for the one before",
    "fused": "whether a scheme is one pass",
    "gaining": "layers whose replacement takes less time",
    "gamma": "depth multiplier, exactly",
    "given": "what the question holds, by name",
    "groups": "groups of channels that do not mix",
    "held": "operators that hold parameters or multiply without being counted",
    "how": "how the printed number says the value: exactly, rounded or cut",
    "independent": "whether the unknown has gone from the condition",
    "input": "the shape of one input, batch first",
    "inputs": "elements read",
    "intensity": "arithmetic intensity: MACs per byte",
    "intervals": "where the condition holds",
    "kernel": "rows and columns of the kernel, or the axes that are taken",
    "kind": "the kind of convolution or product",
    "l_c": "columns of the input",
    "l_r": "rows of the input",
    "largest": "the largest value that keeps the budget; null where none does, or nothing limits",
    "last": "the largest admissible whole value at which it costs no more; null for none",
    "last_realizable": "the largest of those at which every depthwise multiplier is whole too",
    "latex": "the same as LaTeX",
    "launch_s": "seconds that a pass takes whatever it does",
    "layer": "the layer, or the name of the worst of the layers that a budget is held for",
    "layers": "layers: each of them, their names, or how many",
    "least": "where the target cannot be reached, the plan for the least that can be",
    "leaves_out_uncounted": "whether operators that are not counted are left out",
    "like": "what another counter prints, and each difference",
    "limit": "the limit, which is still allowed",
    "limited_by": "the metrics of which one more would exceed the budget",
    "limits": "limits, each with what it was compared with",
    "live": "the maps that take memory at the peak",
    "losing": "layers whose replacement takes more time",
    "lower": "the lower end, exactly; null where it is the domain's",
    "lower_approx": "the lower end as a decimal",
    "machine": "the machine; null where there is none",
    "machines": "machines, or the names of those on which the scheme pays",
    "macs": "multiply-accumulates",
    "macs_per_position": "multiply-accumulates of one output position",
    "memory": "bytes for maps: of a machine, of a network at its peak, or of a stage",
    "metric": "what is measured",
    "metrics": "the metrics for which the row holds",
    "multiplier": "depthwise multiplier, exactly; null where the scheme has none",
    "n_i": "input channels",
    "n_o": "output channels",
    "name": "what it is called",
    "nearest": "where no way to count gives the printed number, the one that comes nearest; else null",
    "nearest_multipliers": "the nearest whole depthwise multipliers",
    "network": "the network",
    "norm": "values of a batch norm that count as weights, for each channel of each stage",
    "normalization": "parameters of normalizations",
    "not_divided": "why no batch is divided out; null where one is",
    "note": "where MACs and time disagree, how; else null",
    "op": "the operator",
    "opaque": "operators of unknown cost",
    "others": "the other layers that exceed the limit",
    "out": "rows and columns of the output; null without a size",
    "outputs": "elements written",
    "padding": "same, valid, or the zeros at each side",
    "parameters": "parameters of a scheme, or a network's learned parameters",
    "passed": "whether the limit is held, or all of them",
    "path": "the operator's own name in the file where the layer goes by another; else null",
    "peak": "MACs per second at most, or bytes of maps at the peak",
    "plan": "the fewest replacements that reach a target",
    "positions": "output positions",
    "printed": "the number as it was printed",
    "reached": "whether the target can be reached",
    "reads": "the shape of the map that is read; null where not known",
    "realizable": "whether the scheme can be built: its channels and groups are whole",
    "reason": "why there is no number",
    "removed": "layers that only the other network has",
    "replaced": "the totals once every replaceable layer is replaced",
    "replacement": "what replaces the layer; null where nothing does",
    "results": "an answer for each scheme",
    "rows": "a row for each layer and scheme",
    "saving": "the baseline's cost / this cost",
    "saving_macs": "the baseline's MACs / these",
    "saving_time": "the baseline's time bound / this",
    "saving_time_estimate": "the baseline's estimate of time / this",
    "saving_weights": "the baseline's weights / these",
    "schema": "the name of this schema",
    "scheme": "the scheme",
    "schemes": "a row for each scheme",
    "size": "bytes that it holds",
    "source": "where a figure or formula is from, or what a time is: a bound or an estimate",
    "stage": "the stage",
    "stages": "the convolutions of a scheme, in order",
    "steps": "the lines of the derivation",
    "storage": "bytes for parameters; null where not known",
    "storage_reason": "why the storage is not known",
    "strictly": "never, or the condition under which the scheme costs less; null where numbers say it",
    "strictly_first": "the smallest admissible whole value at which the scheme costs less",
    "strictly_last": "the largest admissible whole value at which the scheme costs less",
    "stride": "stride on each axis",
    "subtotals": "what the layers of each kind cost together",
    "summary": "what it is, in a line",
    "supposed": "what the file does not say, and what it is taken for",
    "symbol": "the symbol that stands for it in formulas",
    "target": "the cost to reach",
    "tied": "whether N_o = gamma N_i holds for generalized too",
    "time": "seconds, the saving in time, or which replacements gain or lose it",
    "time_bound_s": "roofline bound in seconds",
    "time_estimate": "the saving in the estimate of time",
    "time_estimate_s": "estimate in seconds",
    "tool": "the counter",
    "totals": "the network's totals",
    "uncounted": "operators that no layer counts",
    "unit": "what operations are counted in",
    "unknown": "the size that is solved for",
    "upper": "the upper end, exactly; null where there is none",
    "upper_approx": "the upper end as a decimal",
    "value": "what the limit or target was compared with",
    "verdict": "the kind of answer",
    "version": "the counter's version",
    "weights": "learned parameters without biases and normalizations",
    "what": "the kind of operator, or what it brings",
    "when": "the condition on a free symbol",
    "without": "the parts of the network that are left out",
    "writes": "the shape of the map that is written, or the channels that a stage writes",
}


def object_of(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Return an object that has the required keys, and may have others."""
    properties = {
        key: {"description": SAYS[key], **schema} for key, schema in {**required, **(optional or {})}.items()
    }
    return {"type": "object", "properties": properties, "required": list(required)}


def list_of(items: Schema, least: int = 0) -> Schema:
    """Return a list of at least so many items."""
    return {"type": "array", "items": items, "minItems": least}


def or_null(schema: Schema) -> Schema:
    """Return what a schema allows, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def each(keys: str, schema: Schema) -> dict[str, Schema]:
    """Return keys of one schema."""
    return dict.fromkeys(keys.split(), schema)
