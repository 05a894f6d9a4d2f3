"""The inputs of an ONNX graph: every open dimension gets a length before anything is inferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.quantity import LARGEST, checked_whole
from sepcost.network.onnx.geometry import Shape, by, shown
from sepcost.network.onnx.tensor import Batch

_USUAL_LENGTH = 224


@dataclass(frozen=True)
class Inputs:
    """What the inputs of a graph say once they are fixed.

    first: the name of the first that is a tensor, '' where there is none.
    shape: its shape, whole.
    batch: its first length where that may be a batch, else 1.
    unlike: what other inputs are, by their names, whose first length shows that it is no batch.
    lengths: the lengths of dimensions that have names.
    """

    first: str
    shape: Shape
    batch: int
    unlike: dict[str, str]
    lengths: dict[str, int]

    def batch_of(self, name: str, shape: Shape | None) -> Batch | None:
        """Return where an input has the batch: in front where it is as long there."""
        if not shape or (name != self.first and shape[0] != self.batch):
            return None
        return None if name == self.first and len(self.shape) < 2 else (0, 1)


def fix_inputs(graph: Any, input_shape: Sequence[int] | None, unbatched: bool = False) -> Inputs:
    """Give every dimension of a graph's tensor inputs a length, in place.

    unbatched: whether the first input is one input, without a batch in front.
    Raises FieldError, which names the dimension that stays open or cannot be what it is.
    """
    tensors = [value for value in graph.input if value.type.WhichOneof("value") == "tensor_type"]
    if not tensors:
        if input_shape is not None:
            raise FieldError("--input-shape", "fits no input: the model has none that is a tensor")
        return Inputs("", (), 1, {}, {})
    lengths: dict[str, int] = {}
    first = tensors[0]
    if input_shape is not None:
        _fix(first, _checked(input_shape), lengths)
    _fix_open(first, 1, lengths, first)
    shape = _shape(first)
    leading = shape[0] if len(shape) > 1 else 1
    for value in tensors[1:]:
        if value.type.tensor_type.HasField("shape"):
            _fix_open(value, leading, lengths, first)
    unlike = _unlike(first, tensors[1:])
    if unbatched:
        return Inputs(first.name, shape, 1, {}, lengths)
    return Inputs(first.name, shape, leading, unlike, lengths)


def _unlike(first: Any, others: Sequence[Any]) -> dict[str, str]:
    """Return the inputs that are not of the first one's batch, and the shape of each."""
    shape = _shape(first)
    # One of fewer dimensions may be what all inputs of a batch share: a mask, a step of time.
    shapes = ((value.name, _shape(value)) for value in others)
    return {
        name: by(other) for name, other in shapes if len(other) >= len(shape) > 1 and other[0] != shape[0]
    }


def _shape(value: Any) -> Shape:
    return tuple(dim.dim_value for dim in _dims(value))


def _fix(value: Any, given: Shape, lengths: dict[str, int]) -> None:
    """Fix the open dimensions of the first input; the fixed ones must be what is given."""
    if not value.type.tensor_type.HasField("shape"):
        for _ in given:
            value.type.tensor_type.shape.dim.add()
    dims = _dims(value)
    if len(dims) != len(given):
        raise FieldError(
            "--input-shape",
            f"{by(given)} has {len(given)} dimensions, input {shown(value.name)} has {len(dims)}",
        )
    for axis, (dim, length) in enumerate(zip(dims, given, strict=True)):
        own = lengths.setdefault(dim.dim_param, length) if dim.dim_param else length
        if dim.HasField("dim_value"):
            own = dim.dim_value
        if own != length:
            raise FieldError(
                "--input-shape",
                f"{by(given)} makes dimension {axis} of input {shown(value.name)} {length}, but it is {own}",
            )
        dim.dim_value = length


def _fix_open(value: Any, batch: int, lengths: dict[str, int], first: Any) -> None:
    """Fix an open first dimension to the batch, and every named one to what its name stands for."""
    if not value.type.tensor_type.HasField("shape"):
        raise FieldError(
            f"input {shown(value.name)}", "has no shape: give --input-shape, such as 1x3x224x224"
        )
    for axis, dim in enumerate(_dims(value)):
        if not dim.HasField("dim_value"):
            known = lengths.get(dim.dim_param) if dim.dim_param else None
            if known is None and axis == 0:
                known = batch
            if known is None:
                raise _open_dimension(value, axis, first)
            if dim.dim_param:
                lengths[dim.dim_param] = known
            dim.dim_value = known
        if not 1 <= dim.dim_value <= LARGEST:
            raise FieldError(
                f"input {shown(value.name)}",
                f"dimension {axis} is {dim.dim_value}, not a whole number from 1 to {LARGEST}",
            )


def _open_dimension(value: Any, axis: int, first: Any) -> FieldError:
    dims = _dims(value)
    named = f" ({shown(dims[axis].dim_param)})" if dims[axis].dim_param else ""
    problem = f"dimension {axis}{named} is open: "
    if value is first:
        lengths = (dim.dim_value or (_USUAL_LENGTH if number else 1) for number, dim in enumerate(dims))
        problem += f"fix it with --input-shape, such as {by(tuple(lengths))}"
    else:
        problem += f"--input-shape fixes input {shown(first.name)} alone; export this one fixed"
    return FieldError(f"input {shown(value.name)}", problem)


def _checked(given: Sequence[int]) -> Shape:
    try:
        return tuple(checked_whole(length) for length in given)
    except QuantityError as error:
        raise FieldError("--input-shape", str(error)) from None


def _dims(value: Any) -> Any:
    return value.type.tensor_type.shape.dim
