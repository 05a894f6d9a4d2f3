"""A network with its layers replaced, for the maps between its operators."""

from __future__ import annotations

from dataclasses import replace

from sepcost.core import formulas
from sepcost.network.audit import Audit, Replacement
from sepcost.network.model import Network, Operator, Tensor


def replaced_network(audit: Audit, fused: bool) -> Network:
    """Return the network with the operators of each replaced layer in its place, and the maps between them.

    They are those of the layer written in its scheme: one for each stage and, where stages end side by side,
    one that joins what they write. fused: whether they are one pass, which has no maps inside.
    Layers and parameters stay as they were: it is for its maps alone.
    """
    if fused or not audit.replaced_layers:
        return audit.network
    replacements = {row.layer.name: row.replacement for row in audit.layers}
    tensors = {tensor.name: tensor for tensor in audit.network.tensors}
    operators: list[Operator] = []
    for operator in audit.network.operators:
        replacement = replacements[operator.layers[0]] if len(operator.layers) == 1 else None
        if replacement is None:
            operators.append(operator)
            continue
        built, inside = _built(operator, replacement, tensors[operator.writes[0]])
        operators += built
        tensors.update({tensor.name: tensor for tensor in inside})
    return replace(audit.network, operators=tuple(operators), tensors=tuple(tensors.values()))


def _built(
    operator: Operator, replacement: Replacement, output: Tensor
) -> tuple[list[Operator], list[Tensor]]:
    """Return the operators of a replacement, and the maps that they pass on to each other.

    What the operator reads beside its map, such as a factor of its weights, each stage reads too.
    """
    stages, maps = replacement.stages, replacement.maps
    joined = formulas.are_joined(stages)
    built: list[Operator] = []
    inside: list[Tensor] = []
    for number, stage in enumerate(stages):
        written = output
        if joined or not stage.is_last:
            shape = (1, int(stage.outputs), int(maps.positions(stage.written_at)))
            written = output._replace(name=f"{output.name}/{number}:{stage.name}", shape=shape)
            inside.append(written)
        read = operator.reads[:1] if stage.source is None else built[stage.source].writes
        built.append(operator._replace(reads=(*read, *operator.reads[1:]), writes=(written.name,)))
    if joined:
        parts = [each.writes[0] for each, stage in zip(built, stages, strict=True) if stage.is_last]
        built.append(operator._replace(op="Concat", reads=tuple(parts)))
    return built, inside
