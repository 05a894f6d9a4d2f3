"""Schemes as a user may write them: with branches, with names that Python does not take, two kernels long.

`as_toml` writes one as in a file of schemes.
"""

import json

from sepcost.core.scheme import BOTH, COLUMNS, INPUT, ROWS, Parameter, Scheme, StageForm

FIRE = Scheme(
    "fire",
    "squeeze, then 1x1 and 3x3 side by side",
    "SqueezeNet",
    (
        StageForm("squeeze", "s"),
        StageForm("expand1x1", "N_o/2"),
        StageForm("expand3x3", "N_o/2", kernel=BOTH, source="squeeze"),
    ),
    (Parameter("s", "s", "N_i/4"),),
)
GHOST = Scheme(
    "ghost-like",
    "half by a convolution, the other half from that by a depthwise one",
    "after GhostNet",
    (
        StageForm("primary", "N_o/2", kernel=BOTH, joins=True),
        StageForm("cheap", "N_o/2", "N_o/2", BOTH),
    ),
)
RESIDUAL = Scheme(
    "residual",
    "two kernels in a row",
    "after ResNet",
    (StageForm("first", "N_o", kernel=BOTH), StageForm("second", "N_o", kernel=BOTH)),
)
FORKED = Scheme(
    "none",
    "both axes of the input in each branch, in two orders",
    "",
    (
        StageForm("self", "lead*N_i", kernel=ROWS),
        StageForm("class", "N_o/2", kernel=COLUMNS),
        StageForm("x", "lead", kernel=COLUMNS, source=INPUT),
        StageForm("a-b", "N_o/4", "lead", ROWS),
        StageForm("a_b", "N_o/4", "lead", ROWS, source="x"),
    ),
    (Parameter("lead", "lead", "2"),),
)
OWN = (FIRE, GHOST, RESIDUAL, FORKED)


def as_toml(scheme: Scheme) -> str:
    """A scheme as a file of schemes has it; what is as it is unless given is left out."""
    said = {"name": scheme.name, "summary": scheme.summary, "source": scheme.source}
    lines = ["[[scheme]]", *_pairs(said)]
    if scheme.parameters:
        defaults = {each.symbol: each.default for each in scheme.parameters}
        lines.append(f"parameters = {{ {', '.join(_pairs(defaults))} }}")
    for form in scheme.forms:
        usual = StageForm(form.name, form.writes)._asdict()
        keys = {key: value for key, value in form._asdict().items() if value != usual[key]}
        keys = {"name": form.name, "writes": form.writes, **keys}
        lines += [
            "[[scheme.stage]]",
            *_pairs({"from" if key == "source" else key: keys[key] for key in keys}),
        ]
    return "\n".join([*lines, ""])


def _pairs(table: dict[str, str | bool]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in table.items() if value != ""]
