"""From a file's batch to one input: whether its first length is a batch, and what is left without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sepcost.core.errors import quoted
from sepcost.core.quantity import by
from sepcost.network.model import Leading, NetworkLayer, Tensor
from sepcost.network.products import Shape


def leading_of(
    batch: int, inputs: Mapping[str, Shape | None], layers: Iterable[NetworkLayer], mixed: Iterable[str]
) -> Leading | None:
    """Return what is made of the first length of the first input.

    batch: that length, 1 where it is said to be none. inputs: shapes by name, the first one first.
    layers: for the whole batch. mixed: names of those that cannot keep its inputs apart.
    """
    first = next(iter(inputs.values()), None)
    if first is None or len(first) < 2:
        return None
    if batch == 1:
        return Leading(first[0], None if first[0] == 1 else "there is no batch")
    for name, shape in inputs.items():
        if shape is not None and len(shape) > 1 and shape[0] != batch:
            return Leading(first[0], f"input {quoted(name)} is {by(shape)}")
    apart = set(mixed)
    depending = [layer for layer in layers if not layer.once]
    for layer in depending:
        if layer.name in apart or layer.positions % batch:
            return Leading(first[0], f"{layer.op} {quoted(layer.name)} mixes what it has")
    return Leading(first[0], None if depending else "no layer depends on it")


def tensor_for_one(tensor: Tensor, batch: int) -> Tensor:
    """Return a map for one input: the axis that is as long as the batch, or a multiple of it, divided."""
    if tensor.shape is None:
        return tensor
    if not tensor.batched:
        return tensor._replace(grows=may_grow(tensor.shape, batch) if batch in tensor.shape else 0)
    one = tensor.shape if batch == 1 else _divided(tensor.shape, batch)
    if one is None:
        return tensor._replace(batched=False, grows=may_grow(tensor.shape, batch))
    return tensor._replace(shape=one)


def may_grow(shape: Shape, batch: int) -> int:
    """Return how many axes of a map more inputs may make longer: one at least, where the batch is 1."""
    return max(1, sum(length % batch == 0 for length in shape)) if batch > 1 else 1


def layer_for_one(layer: NetworkLayer, batch: int) -> NetworkLayer:
    """Return a layer for one input."""
    if batch == 1 or layer.once:
        return layer
    reads, out = (
        None if shape is None else _divided(shape, batch) or shape
        for shape in (layer.input_shape, layer.output_shape)
    )
    return replace(
        layer,
        positions=layer.positions // batch,
        reads=None if layer.reads is None else layer.reads // batch,
        writes=None if layer.writes is None else layer.writes // batch,
        input_shape=reads,
        output_shape=out,
    )


def _divided(shape: Shape, batch: int) -> Shape | None:
    alike = [axis for axis, length in enumerate(shape) if length == batch]
    multiples = [axis for axis, length in enumerate(shape) if length % batch == 0]
    if not multiples:
        return None
    axis = (alike or multiples)[0]
    return (*shape[:axis], shape[axis] // batch, *shape[axis + 1 :])
