"""What a network costs with some of its layers replaced, and others not: what each choice adds to a total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.errors import FieldError
from sepcost.network.audit import holder
from sepcost.network.layer_cost import LayerCost
from sepcost.network.measure import Measures


class Choice(NamedTuple):
    """What a layer adds to totals as it is and replaced.

    Weights are held once for all layers of one holder: its own while one of them stays, and those of each
    set of stages that replaces one of them.

    stages: the number of the stages that replace it, alike for layers that are replaced alike.
    built: the weights of those stages.
    memory: the most bytes of maps while it runs, as it is and replaced; None where not known.
    """

    name: str
    holder: str
    weights: int
    macs: int
    replaced_macs: int
    stages: int | None
    built: int
    memory: LayerCost | None


@dataclass(frozen=True)
class WhatIf:
    """The choices of all layers.

    memory_elsewhere: the most bytes of maps while anything else runs; None where not known.
    """

    choices: tuple[Choice, ...]
    memory_elsewhere: int | None


def what_if(measures: Measures) -> WhatIf:
    """Return what each layer of an audit adds to totals, as it is and replaced."""
    numbers: dict[formulas.Stages, int] = {}
    memories, elsewhere = _memories(measures)
    choices = []
    for row in measures.audited.layers:
        layer, replacement = row.layer, row.replacement
        stages, built = None, 0
        if replacement is not None:
            stages = numbers.setdefault(replacement.stages, len(numbers))
            built = int(formulas.weights(replacement.stages))
        choices.append(
            Choice(
                layer.name,
                holder(layer),
                layer.weights,
                layer.macs,
                row.replaced_cost.macs,
                stages,
                built,
                memories.get(layer.name),
            )
        )
    return WhatIf(tuple(choices), elsewhere)


def _memories(measures: Measures) -> tuple[dict[str, LayerCost], int | None]:
    """Return the memory of each layer by its name, and the most while anything else runs; where known."""
    try:
        costs = measures.layer_costs("memory")
    except FieldError:
        return {}, None
    elsewhere = max((step.bytes for step in measures.memory.steps if not step.layers), default=0)
    return {cost.name: cost for cost in costs}, elsewhere
