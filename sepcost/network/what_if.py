"""What a network costs with some of its layers replaced, and others not: what each choice adds to a total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.errors import FieldError
from sepcost.hardware.execution import Execution
from sepcost.network.audit import Audit, AuditedLayer, Replacement, holder
from sepcost.network.memory import Memory, peak_memory
from sepcost.network.model import Network, Operator, Tensor


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
    memory: tuple[int, int] | None


@dataclass(frozen=True)
class WhatIf:
    """The choices of all layers.

    memory_elsewhere: the most bytes of maps while anything else runs; None where not known.
    """

    choices: tuple[Choice, ...]
    memory_elsewhere: int | None


def what_if(audit: Audit, how: Execution) -> WhatIf:
    """Return what each layer of an audit adds to totals, as it is and replaced.

    how: the execution that memory is told for.
    """
    numbers: dict[formulas.Stages, int] = {}
    memories = _memories(audit, how)
    choices = []
    for row in audit.layers:
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
                None if memories is None else memories.of(layer.name),
            )
        )
    return WhatIf(tuple(choices), None if memories is None else memories.elsewhere)


class _Memories(NamedTuple):
    """The most bytes of maps while each layer or other operator runs, as it is and replaced, by its name."""

    now: dict[str, int]
    replaced: dict[str, int]
    layers: frozenset[str]

    def of(self, name: str) -> tuple[int, int] | None:
        """Return the bytes while a layer runs, as it is and replaced: no other layer changes them."""
        return (self.now[name], self.replaced[name]) if name in self.now else None

    @property
    def elsewhere(self) -> int:
        """The most bytes while something else than a layer runs."""
        return max((most for name, most in self.now.items() if name not in self.layers), default=0)


def _memories(audit: Audit, how: Execution) -> _Memories | None:
    try:
        now = peak_memory(audit.network, how)
        replaced = now if how.fused else peak_memory(replaced_network(audit), how)
    except FieldError:
        return None
    return _Memories(_most(now), _most(replaced), frozenset(row.layer.name for row in audit.layers))


def _most(memory: Memory) -> dict[str, int]:
    most: dict[str, int] = {}
    for step in memory.steps:
        most[step.at] = max(step.bytes, most.get(step.at, 0))
    return most


def replaced_network(audit: Audit) -> Network:
    """Return a network whose operators are the stages where a layer is replaced, with their inner maps."""
    rows = {row.layer.name: row for row in audit.layers if row.replacement is not None}
    known = {tensor.name: tensor for tensor in audit.network.tensors}
    operators: list[Operator] = []
    inner: list[Tensor] = []
    for operator in audit.network.operators:
        row = rows.get(operator.layers[0]) if len(operator.layers) == 1 else None
        if row is None or row.replacement is None:
            operators.append(operator)
            continue
        maps = [_inner_map(row, number, known[operator.writes[0]]) for number in _inner(row.replacement)]
        inner += maps
        operators += _stages(operator, row.replacement, dict(zip(_inner(row.replacement), maps, strict=True)))
    tensors = (*audit.network.tensors, *inner)
    return replace(audit.network, operators=tuple(operators), tensors=tensors)


def _inner(replacement: Replacement) -> list[int]:
    """Return the indices of the stages whose maps stay inside."""
    return [number for number, stage in enumerate(replacement.stages) if not stage.is_last]


def _inner_map(row: AuditedLayer, number: int, output: Tensor) -> Tensor:
    """Return the map that a stage writes inside a layer; an element of it is one of the layer's output."""
    assert row.replacement is not None
    stage = row.replacement.stages[number]
    positions = row.replacement.maps.positions(stage.written_at)
    shape = (1, int(stage.outputs), int(positions))
    return output._replace(name=f"{row.layer.name}/{stage.name} {number}", shape=shape)


def _stages(operator: Operator, replacement: Replacement, inner: dict[int, Tensor]) -> Iterator[Operator]:
    """Yield an operator for each stage; those that end the layer write parts of one map."""
    written = False
    for number, stage in enumerate(replacement.stages):
        reads = operator.reads if stage.source is None else (inner[stage.source].name,)
        if number in inner:
            yield operator._replace(reads=reads, writes=(inner[number].name,))
        elif written:
            yield operator._replace(reads=(*reads, *operator.writes), writes=())
        else:
            written = True
            yield operator._replace(reads=reads, writes=operator.writes)
