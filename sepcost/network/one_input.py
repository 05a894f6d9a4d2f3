"""From a file's batch to one input: whether its first length is a batch, and what is left without it.

Readers say what they know of each map and layer: where it has the batch, and whether it mixes its inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sepcost.core.errors import quoted
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Leading, Tensor
from sepcost.network.shape_rules import Shape


def leading_of(
    shape: Sequence[int | None],
    batch: int,
    unlike: Mapping[str, str],
    depending: Iterable[tuple[NetworkLayer, bool]],
) -> Leading | None:
    """Return what is made of the first length of the first input, None where that has no batch in front.

    shape: of that input, () where it is not known. batch: its first length, 1 where it is said to be none.
    unlike: inputs whose first length shows that it is none, with the shape of each as it is shown.
    depending: layers that depend on an input, for the whole batch, each with whether it mixes the inputs.
    """
    if len(shape) < 2:
        return None
    length = 1 if shape[0] is None else shape[0]
    if batch == 1:
        return Leading(length, None if length == 1 else "there is no batch")
    for name, other in unlike.items():
        return Leading(length, f"input {quoted(name)} is {other}")
    layer = None
    for layer, mixes in depending:
        if mixes or layer.positions % batch:
            own = f"{layer.op} {quoted(layer.name)}" if layer.name else layer.op
            return Leading(length, f"{own} mixes what it has")
    return Leading(length, None if layer is not None else "no layer depends on it")


def batch_axis(shape: Shape | None, batch: int) -> int | None:
    """Return which axis of a map may have the batch: one as long, else a multiple of it; None where none is.

    >>> batch_axis((8, 4), 4), batch_axis((3, 8), 4), batch_axis((3, 5), 4)
    (1, 1, None)
    """
    lengths = shape or ()
    multiples = [axis for axis, length in enumerate(lengths) if length % batch == 0]
    return next((axis for axis in multiples if lengths[axis] == batch), multiples[0] if multiples else None)


def tensor_for_one(tensor: Tensor, batch: int, axis: int | None, constant: bool) -> Tensor:
    """Return a map for one input, the batch divided out of the axis that has it.

    constant: whether it comes from the file alone: then it may grow only where it is as long as the batch,
    as it may have been when the file was written.
    """
    shape = tensor.shape
    if shape is None or (tensor.batched and batch == 1):
        return tensor
    if tensor.batched and axis is not None:
        return tensor._replace(shape=_divided(shape, axis, batch))
    return tensor._replace(
        batched=False, grows=_may_grow(shape, batch) if batch in shape or not constant else 0
    )


def _may_grow(shape: Shape, batch: int) -> int:
    """Return how many axes of a map more inputs may make longer: one at least, where the batch is 1."""
    return max(1, sum(length % batch == 0 for length in shape)) if batch > 1 else 1


def layer_for_one(
    layer: NetworkLayer, batch: int, read_axis: int | None, written_axis: int | None
) -> NetworkLayer:
    """Return a layer that depends on an input for one input.

    read_axis, written_axis: where the map that it reads and the one that it writes have the batch.
    """
    if batch == 1:
        return layer
    return replace(
        layer,
        positions=layer.positions // batch,
        reads=None if layer.reads is None else layer.reads // batch,
        writes=None if layer.writes is None else layer.writes // batch,
        input_shape=_divided(layer.input_shape, read_axis, batch),
        output_shape=_divided(layer.output_shape, written_axis, batch),
    )


def _divided(shape: Shape | None, axis: int | None, batch: int) -> Shape | None:
    if shape is None or axis is None:
        return shape
    return (*shape[:axis], shape[axis] // batch, *shape[axis + 1 :])
