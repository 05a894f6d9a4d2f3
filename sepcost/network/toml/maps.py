"""The maps that layers of a network pass on, of one to three axes, and what windows make of their sizes."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.layer import NAMED_PADDINGS, out_of_reach, output_length
from sepcost.core.quantity import Lengths, by, checked_field, checked_whole, several
from sepcost.network.shape_rules import Shape


class Map(NamedTuple):
    """A map: its tensor's name, its channels and its length along each axis.

    flat: whether it is what a dense layer writes, which has no axes.
    """

    tensor: str
    channels: int
    size: Shape
    flat: bool = False

    @property
    def shape(self) -> Shape:
        """Its shape for one input, batch first."""
        return (1, self.channels) if self.flat else (1, self.channels, *self.size)

    @property
    def positions(self) -> int:
        """Positions of one channel."""
        return prod(self.size)

    def __str__(self) -> str:
        return several(self.channels, "channel") + ("" if self.flat else f" of {by(self.size)}")

    def agrees_with(self, other: Map) -> bool:
        """Whether the two can be added."""
        return self.shape == other.shape


class Window(NamedTuple):
    """How a kernel moves over a map, one number an axis; padding: the zeros at each side, None for 'same'."""

    kernel: Shape
    stride: Shape
    dilation: Shape
    padding: tuple[int | None, ...]

    @property
    def taps(self) -> int:
        """Elements of the input for one of the output."""
        return prod(self.kernel)

    def over(self, size: Shape, field: str = "kernel") -> Shape:
        """Return the size that comes of a size; FieldError where the kernel does not fit."""
        axes = zip(size, self.kernel, self.stride, self.dilation, self.padding, strict=True)
        out = tuple(output_length(*axis) for axis in axes)
        if min(out) < 1:
            raise FieldError(field, out_of_reach(self.kernel, self.dilation, size))
        return out

    def back_over(self, size: Shape) -> Shape:
        """Return the size that a transposed convolution makes of a size: in x stride under 'same'."""
        axes = zip(size, self.kernel, self.stride, self.dilation, self.padding, strict=True)
        out = tuple(_transposed_length(*axis) for axis in axes)
        if min(out) < 1:
            raise FieldError("padding", f"leaves no output of an input of {by(size)}")
        return sized("stride", out)


def window(
    axes: int,
    kernel: Lengths,
    stride: Lengths,
    dilation: Lengths,
    padding: str | Lengths,
    field: str = "kernel",
) -> Window:
    """Return a window over a map of so many axes; FieldError for lengths of another number of axes."""
    zeros: tuple[int | None, ...]
    if isinstance(padding, str):
        assert padding in NAMED_PADDINGS
        zeros = ((None if padding == "same" else 0),) * axes
    else:
        zeros = along("padding", padding, axes)
    return Window(
        along(field, kernel, axes), along("stride", stride, axes), along("dilation", dilation, axes), zeros
    )


def along(field: str, lengths: Lengths, axes: int) -> Shape:
    """Return one length for each axis."""
    if isinstance(lengths, int):
        return (lengths,) * axes
    if len(lengths) != axes:
        raise FieldError(field, f"{by(lengths)} is for {_several(len(lengths))}, where maps have {axes}")
    return lengths


def sized(field: str, size: Iterable[int]) -> Shape:
    """Return a size after a check that no length is beyond what is taken."""
    return tuple(checked_field(field, checked_whole, length) for length in size)


def _transposed_length(length: int, kernel: int, stride: int, dilation: int, pad: int | None) -> int:
    if pad is None:
        return length * stride
    return (length - 1) * stride + dilation * (kernel - 1) + 1 - 2 * pad


def _several(axes: int) -> str:
    return f"{axes} axis" if axes == 1 else f"{axes} axes"
