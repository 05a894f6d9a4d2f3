"""What a network costs with some of its layers replaced, and others not: what each choice adds to a total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.errors import FieldError
from sepcost.network.audit import holder
from sepcost.network.layer_cost import LayerCost
from sepcost.network.measure import Measures
from sepcost.network.memory import byte_count
from sepcost.network.replaced import weight_bits


class Choice(NamedTuple):
    """What a layer adds to totals as it is and replaced.

    Weights are held once for all layers of one holder: its own while one of them stays, and those of each
    set of stages that replaces one of them.

    stages: the number of the stages that replace it, alike for layers that are replaced alike.
    built: the weights of those stages; None where it is not replaced.
    stored: the bytes of its weights and of those stages'; None where not known, or not replaced.
    memory: the most bytes of maps while it runs, as it is and replaced; None where not known.
    """

    name: str
    holder: str
    weights: int
    macs: int
    replaced_macs: int
    stages: int | None
    built: int | None
    stored: tuple[int, ...] | None
    memory: LayerCost | None


@dataclass(frozen=True)
class WhatIf:
    """The choices of all layers.

    memory_elsewhere: the most bytes of maps while anything else runs; None where not known.
    storage: the bytes of all parameters as they are; None where it is not known what choices add to them.
    """

    choices: tuple[Choice, ...]
    memory_elsewhere: int | None
    storage: int | None


def what_if(measures: Measures) -> WhatIf:
    """Return what each layer of an audit adds to totals, as it is and replaced."""
    numbers: dict[formulas.Stages, int] = {}
    memories, elsewhere = _memories(measures)
    storage, bits = _storage(measures)
    choices = []
    for row in measures.audited.layers:
        layer, replacement = row.layer, row.replacement
        stages = built = stored = None
        if replacement is not None:
            stages = numbers.setdefault(replacement.stages, len(numbers))
            built = int(formulas.weights(replacement.stages))
            if storage is not None:
                stored = tuple(
                    byte_count(weights, bits[layer.name], measures.execution)
                    for weights in (layer.weights, built)
                )
        choices.append(
            Choice(
                layer.name,
                holder(layer),
                layer.weights,
                layer.macs,
                row.replaced_cost.macs,
                stages,
                built,
                stored,
                memories.get(layer.name),
            )
        )
    return WhatIf(tuple(choices), elsewhere, storage)


def _storage(measures: Measures) -> tuple[int | None, dict[str, int | None]]:
    """Return what the parameters take as they are, and the bits of a weight of each layer; where known."""
    now, replaced = measures.footprint.storage, measures.replaced_footprint.storage
    if now is None or replaced is None:
        return None, {}
    return now, weight_bits(measures.audited, measures.execution)


def _memories(measures: Measures) -> tuple[dict[str, LayerCost], int | None]:
    """Return the memory of each layer by its name, and the most while anything else runs; where known."""
    try:
        costs = measures.layer_costs("memory")
    except FieldError:
        return {}, None
    elsewhere = max((step.bytes for step in measures.memory.steps if not step.layers), default=0)
    return {cost.name: cost for cost in costs}, elsewhere
