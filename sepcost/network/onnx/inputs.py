"""The inputs of an ONNX graph: what lengths their dimensions have, before anything else is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sepcost.core.errors import FieldError, did_you_mean, printable, quoted
from sepcost.core.quantity import LARGEST
from sepcost.network.batch_place import Batch
from sepcost.network.input_shape import batch_of, checked_shape, no_input, open_dimension
from sepcost.network.onnx.file import Graph
from sepcost.network.onnx.file_value import FileValue, Stated
from sepcost.network.onnx.problems import by
from sepcost.network.onnx.tensor import Lengths
from sepcost.network.shape_rules import Shape

InputShapes = Mapping[str, Sequence[int]]
"""Shapes by the names of inputs, that of the first one under ''."""


class Inputs(NamedTuple):
    """What the inputs of a graph say once they are fixed.

    first: the name of the first that is a tensor, '' where there is none.
    shape: its shape.
    batch: its first length where that may be a batch, else 1.
    unlike: what other inputs are, by their names, whose first length shows that it is no batch.
    lengths: the lengths of dimensions that have names.
    shapes: of every input that is a tensor and has one; None for lengths that stay open.
    open: what to say where the size of an input counts that is not known whole, by what it is called.
    """

    first: str
    shape: Lengths
    batch: int
    unlike: dict[str, str]
    lengths: dict[str, int]
    shapes: dict[str, Lengths]
    open: dict[str, FieldError]

    def batch_of(self, name: str, shape: Lengths | None) -> Batch | None:
        """Return where an input has the batch: in front where it is as long there."""
        if not shape or (name != self.first and shape[0] != self.batch):
            return None
        return None if name == self.first and len(self.shape) < 2 else (0, 1)


def fix_inputs(graph: Graph, given: InputShapes, unbatched: bool = False) -> Inputs:
    """Return what the inputs are once every dimension has a length.

    given: sizes that are set, open ones and those that the file states. unbatched: whether the first
    input is one input, without a batch in front.
    An open dimension in front is the batch's; another may stay open, as far as nothing depends on it that is
    counted. Raises FieldError, which names the dimension that cannot be what it is.
    """
    held = {tensor.name for tensor in (*graph.initializer, *graph.sparse)}
    tensors = [value for value in graph.input if value.is_tensor and value.name not in held]
    if not tensors:
        if given:
            raise no_input()
        return Inputs("", (), 1, {}, {}, {}, {})
    first = tensors[0]
    by_name = _by_name(given, tensors)
    lengths: dict[str, int] = {}
    asked = {
        value.name: _as_given(value, by_name[value.name], lengths)
        for value in tensors
        if value.name in by_name
    }
    shapes: dict[str, Lengths] = {}
    problems: dict[str, FieldError] = {}
    leading = 1
    for value in tensors:
        if value.name in asked:
            shapes[value.name] = asked[value.name]
        elif value.shape is not None:
            batched = _leads_a_batch(value, value.shape, tensors)
            shapes[value.name] = found = _fixed(value, value.shape, leading if batched else None, lengths)
            if None in found:
                problem = _open_dimension(value, value.shape, found.index(None), first)
                problems[input_called(value.name)] = problem
        else:
            problem = FieldError(input_called(value.name), _no_shape(value, first))
            if value is first:
                raise problem
            problems[input_called(value.name)] = problem
        if value is first:
            leading = batch_of(shapes[value.name])
    shape = shapes.get(first.name, ())
    unlike = {} if unbatched else _unlike(first.name, shapes)
    return Inputs(first.name, shape, 1 if unbatched else leading, unlike, lengths, shapes, problems)


def input_called(name: str) -> str:
    """Return what an error calls an input."""
    return f"input {quoted(name)}"


def _no_shape(value: FileValue, first: FileValue) -> str:
    usual = "1x3x224x224" if value is first else f"{value.name}=1x3x224x224"
    return f"has no shape: give {{input_shape}}, such as {printable(usual)}"


def _unlike(first: str, shapes: Mapping[str, Lengths]) -> dict[str, str]:
    """Return the inputs that are not of the first one's batch, and the shape of each."""
    shape = shapes.get(first, ())
    # One of fewer dimensions may be what all inputs of a batch share: a mask, a step of time.
    return {
        name: by(other)
        for name, other in shapes.items()
        if len(other) >= len(shape) > 1 and other[0] != shape[0]
    }


def _by_name(given: InputShapes, tensors: Sequence[FileValue]) -> dict[str, Sequence[int]]:
    """Return the given shapes by the names of inputs that there are."""
    names = tuple(value.name for value in tensors)
    for name in given:
        if name and name not in names:
            hint = did_you_mean(name, names) or f"; the first is {quoted(names[0])}"
            raise FieldError("input_shape", f"{quoted(name)} is no input{hint}")
    return {name or names[0]: shape for name, shape in given.items()}


def _as_given(value: FileValue, given: Sequence[int], lengths: dict[str, int]) -> Shape:
    """Return an input's shape as it is given, and record what the names of its dimensions stand for then."""
    shape = checked_shape(given, quoted(value.name), None if value.shape is None else len(value.shape))
    for axis, (name, length) in enumerate(zip(value.shape or (), shape, strict=False)):
        if isinstance(name, str) and lengths.setdefault(name, length) != length:
            raise FieldError(
                "input_shape",
                f"{by(shape)} makes dimension {axis} of input {quoted(value.name)} {length}, "
                f"but {quoted(name)} is {lengths[name]}",
            )
    return shape


def _leads_a_batch(value: FileValue, stated: Stated, tensors: Sequence[FileValue]) -> bool:
    """Return whether an open first dimension may be the batch's.

    It is none where its name is another dimension's too, as in a square, nor where the first input is a
    vector: unless other inputs that have more dimensions begin with that name.
    """
    name = stated[0] if stated else None
    if isinstance(name, str) and name in stated[1:]:
        return False
    others = (one.shape for one in tensors if one.shape is not None and len(one.shape) > 1)
    return len(stated) > 1 or value is not tensors[0] or any(other[0] == name for other in others)


def _fixed(value: FileValue, stated: Stated, batch: int | None, lengths: dict[str, int]) -> Lengths:
    """Return an input's shape; a named dimension is what its name stands for.

    batch: what an open first dimension is, None where it is no batch's.
    """
    fixed: list[int | None] = []
    for axis, own in enumerate(stated):
        known = lengths.get(own) if isinstance(own, str) else own
        # Some exporters write -1 for a dimension that is open.
        if known is None or known < 0:
            if axis or batch is None:
                fixed.append(None)
                continue
            known = batch
        if isinstance(own, str):
            lengths[own] = known
        if not 1 <= known <= LARGEST:
            raise FieldError(
                input_called(value.name),
                f"dimension {axis} is {known}, not a whole number from 1 to {LARGEST}",
            )
        fixed.append(known)
    return tuple(fixed)


def _open_dimension(value: FileValue, stated: Stated, axis: int, first: FileValue) -> FieldError:
    own = stated[axis]
    sizes = [size if isinstance(size, int) and size > 0 else None for size in stated]
    symbol = quoted(own) if isinstance(own, str) else ""
    name = "" if value is first else value.name
    return open_dimension(quoted(value.name), sizes, axis, symbol, name=name)
