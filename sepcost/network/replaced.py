"""A network with its layers replaced: the maps between its operators, and what it stores."""

from __future__ import annotations

from dataclasses import replace

from sepcost.core import formulas
from sepcost.core.errors import FieldError, quoted
from sepcost.hardware.execution import Execution
from sepcost.network.audit import Audit, Replacement
from sepcost.network.memory import Footprint, byte_count, peak_memory
from sepcost.network.model import WEIGHTS, Network, Operator, Tensor


def replaced_footprint(audit: Audit, network: Network, now: Footprint, execution: Execution) -> Footprint:
    """Return the memory and the storage of a network with its layers replaced.

    network: as `replaced_network` returns it, or the audit's own where its memory is not known.
    now: of the network as it is; what is not known of that is not known of this.
    """
    found = now
    if network is not audit.network:
        found = replace(found, memory=peak_memory(network, execution))
    if now.storage is not None and audit.replaced_layers:
        try:
            found = replace(found, storage=now.storage + _more_stored(audit, execution))
        except FieldError as error:
            found = replace(found, storage=None, storage_reason=error.problem)
    return found


def _more_stored(audit: Audit, execution: Execution) -> int:
    """Return by how many bytes the weights grow."""
    bits = weight_bits(audit, execution)
    return sum(
        byte_count(row.replaced_cost.weights, bits[row.layer.name], execution)
        - byte_count(row.cost.weights, bits[row.layer.name], execution)
        for row in audit.layers
        if row.replacement is not None
    )


def weight_bits(audit: Audit, execution: Execution) -> dict[str, int | None]:
    """Return the bits of a weight of each layer that is replaced: new ones are of the type of the old.

    None stands for what the execution says. FieldError where a layer's weights are not of one known type.
    """
    given = execution.bytes is not None
    held = {parameter.name: parameter for parameter in audit.network.parameters}
    used = {name: operator.parameters for operator in audit.network.operators for name in operator.layers}
    found: dict[str, int | None] = {}
    for name in (row.layer.name for row in audit.layers if row.replacement is not None):
        weights = (held[one] for one in used.get(name, ()) if held[one].role == WEIGHTS)
        types = {None if given else parameter.bits for parameter in weights}
        if len(types) != 1:
            raise FieldError("storage", f"is not known: the type of the weights of {quoted(name)} is not")
        (found[name],) = types
    return found


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
        read = (*read, *operator.reads[1:])
        built.append(Operator(operator.name, operator.op, read, (written.name,), operator.layers))
    if joined:
        parts = [each.writes[0] for each, stage in zip(built, stages, strict=True) if stage.is_last]
        built.append(operator._replace(op="Concat", reads=tuple(parts)))
    return built, inside
