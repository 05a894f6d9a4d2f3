"""The shape of a network's input: as it is given, or as a file states it, lengths of which may be open."""

from __future__ import annotations

from collections.abc import Sequence

from sepcost.core.errors import FieldError, QuantityError, printable
from sepcost.core.quantity import by, checked_whole, several
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape

USUAL_LENGTH = 224
"""The length that an example has where a file leaves one open."""


def no_input() -> FieldError:
    """Return what is said of a shape for a network that takes nothing."""
    return FieldError("input_shape", "fits no input: the network has none that is a tensor")


def checked_shape(given: Sequence[int], called: str, rank: int | None) -> Shape:
    """Return a shape that is given for an input; FieldError where it has other dimensions, or no lengths.

    called: what errors call the input. rank: its dimensions, None where the file does not say.
    """
    try:
        shape = tuple(checked_whole(length) for length in given)
    except QuantityError as error:
        raise FieldError("input_shape", str(error)) from None
    if rank is not None and len(shape) != rank:
        has = several(len(shape), "dimension")
        raise FieldError("input_shape", f"{by(shape)} has {has}, input {called} has {rank}")
    return shape


def batch_of(shape: Sequence[int | None]) -> int:
    """Return the first length of an input's shape where that may be a batch, else 1."""
    return shape[0] or 1 if len(shape) > 1 else 1


def open_dimension(
    called: str,
    sizes: Sequence[int | None],
    axis: int,
    symbol: str = "",
    why: str = "",
    name: str = "",
    only: str = "",
) -> FieldError:
    """Return what is said of an open dimension that has to be fixed.

    called: what errors call the input. sizes: as the file states them, None for open ones. symbol: what the
    file calls the dimension. why: what keeps it from being a batch. name: what the shape is given under,
    where that is not of the first input; only: the one input that a shape can be given for, where that is
    another.

    >>> print(open_dimension("x", (None, 3, None, 8), 2, symbol="s1"))
    input x: dimension 2 (s1) is open: fix it with input_shape, such as 1x3x224x8
    """
    usual = by(
        length or (USUAL_LENGTH if at or not axis else 1) for at, length in enumerate(sizes[:MOST_AXES])
    )
    mend = f"fix it with {{input_shape}}, such as {printable(f'{name}=' if name else '')}{usual}"
    if only:
        mend = f"{{input_shape}} fixes input {only} alone; export this one fixed"
    symbol = f" ({symbol})" if symbol else ""
    return FieldError(f"input {called}", f"dimension {axis}{symbol} is open{why}: {mend}")
