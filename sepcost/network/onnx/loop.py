"""What a Loop writes: what it carries from turn to turn, and what it gathers of all turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sepcost.network.batch_place import MIXED
from sepcost.network.onnx.shapes import known
from sepcost.network.onnx.tensor import Lengths, Tensor
from sepcost.network.onnx.types import Type

Turn = Callable[[Iterable[Tensor]], "list[Tensor | None] | None"]
"""What a Loop's body writes, given these, first whether it goes on; None where it cannot be followed."""


def written_by_loop(inputs: Sequence[Tensor | None], outputs: int, turn: Turn) -> list[Lengths | None] | None:
    """Return the shapes that a Loop writes: what it carries, if that keeps its shape, and what it gathers.

    inputs: how often it turns at most, whether it turns at all, and what it carries.
    """
    types = [Type.INT64, Type.BOOL, *(0 if one is None else one.type for one in inputs[2:])]
    carried = [None if one is None else one.lengths for one in inputs[2:]]
    for _ in range(2):
        given = zip([(), (), *carried], types, strict=False)
        found = turn(
            Tensor(known(shape), batch=MIXED, partial=shape, type=type_, lost="Loop")
            for shape, type_ in given
        )
        if found is None:
            return None
        shapes = [None if one is None else one.lengths for one in found]
        kept = [a if a == b else None for a, b in zip(carried, shapes[1:], strict=False)]
        if kept == carried:
            break
        carried = kept
    turns = inputs[0].value if inputs and inputs[0] is not None else None
    goes_on = found[0].value if found and found[0] is not None else None
    count = int(turns[0]) if turns and turns[0] is not None and goes_on and goes_on[0] else None
    gathered = [None if one is None else (count, *one) for one in shapes[1 + len(carried) :]]
    return [*carried, *gathered][:outputs]
