"""Layer: one convolution's sizes, checked; output-size arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from sepcost.core.errors import FieldError, QuantityError, as_given, did_you_mean, quoted
from sepcost.core.formulas import BIASES, Bias, Maps
from sepcost.core.quantity import (
    by,
    checked_field,
    checked_pair,
    checked_ratio,
    checked_whole,
    pair,
    ratio,
    refuse_text_of_lengths,
)

T = TypeVar("T")
Pair = tuple[int, int]
Padding = str | Pair
NAMED_PADDINGS = ("same", "valid")


@dataclass(frozen=True, init=False)
class Layer:
    """One two-dimensional convolution.

    n_i, n_o: channels read and written; one may be left out where gamma gives it, n_o = gamma n_i.
    kernel, size, stride, dilation: rows and columns, one number for both; `size` is the input's.
    padding: 'same', 'valid', or the zeros added at each side as rows and columns.
    bias: True where each stage has biases that count as weights, 'last' where the last stage alone has.
    gamma: the depth multiplier, exact (int, Fraction, or text such as '9/4'); n_o / n_i unless given.

    Raises FieldError, which names the field that cannot hold.

    >>> Layer(n_i=64, gamma="9/4").n_o
    144
    >>> Layer(64, 64, kernel=3, size=56, stride=2).out
    (28, 28)
    """

    n_i: int
    n_o: int
    kernel: Pair
    size: Pair | None
    stride: Pair
    dilation: Pair
    padding: Padding
    bias: Bias
    gamma: Fraction

    def __init__(
        self,
        n_i: int | None = None,
        n_o: int | None = None,
        kernel: int | Pair = 3,
        size: int | Pair | None = None,
        stride: int | Pair = 1,
        dilation: int | Pair = 1,
        padding: str | int | Pair = "same",
        bias: Bias = False,
        gamma: Fraction | int | str | None = None,
    ) -> None:
        fields = checked_sizes(
            _NOT_ALWAYS_GIVEN, n_i, n_o, kernel, size, stride, dilation, padding, bias, gamma
        )
        fields |= _channels(fields["n_i"], fields["n_o"], fields["gamma"])
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._refuse_unreachable()

    @property
    def taps(self) -> int:
        """Weights of one filter on one channel: F_r F_c."""
        return self.kernel[0] * self.kernel[1]

    @property
    def out(self) -> Pair | None:
        """Output rows and columns; None where no size is given."""
        return None if self.size is None else self._out_of(self.size)

    @property
    def maps(self) -> Maps | None:
        """Rows and columns of its input and its output; None where no size is given."""
        return None if self.size is None else Maps(*self.size, *self._out_of(self.size))

    @property
    def positions(self) -> int | None:
        """Output rows × output columns; None where no size is given."""
        out = self.out
        return None if out is None else out[0] * out[1]

    @property
    def keeps_size(self) -> bool:
        """Whether its output is as long as its input, whatever the input's length."""
        return keeps_size(self.stride, self.padding)

    @property
    def is_tied(self) -> bool:
        """Whether n_o = gamma n_i holds."""
        return self.n_o == self.gamma * self.n_i

    def _refuse_unreachable(self) -> None:
        if self.size is not None and min(self._out_of(self.size)) < 1:
            raise FieldError("kernel", out_of_reach(self.kernel, self.dilation, self.size))

    def _out_of(self, size: Pair) -> Pair:
        """Return output rows and columns for an input of that size."""
        axes = zip(size, self.kernel, self.stride, self.dilation, pads(self.padding), strict=True)
        rows, columns = (output_length(*axis) for axis in axes)
        return rows, columns


def keeps_size(stride: Pair, padding: str | int | Pair) -> bool:
    """Return whether outputs are as long as inputs, whatever the inputs' length."""
    return stride == (1, 1) and padding == "same"


def output_length(length: int, kernel: int, stride: int, dilation: int, pad: int | None) -> int:
    """Return one axis's output length; `pad` is the zeros at each side, None for 'same' padding.

    Below 1 where the kernel does not fit.

    >>> output_length(224, 3, 2, 1, None), output_length(7, 3, 2, 1, 0)
    (112, 3)
    """
    if pad is None:
        return -(-length // stride)
    return (length + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1


def out_of_reach(kernel: Iterable[int], dilation: Iterable[int], size: Iterable[int]) -> str:
    """Return what is wrong with a kernel that does not fit into its input."""
    return (
        f"{by(kernel)} with dilation {by(dilation)} is larger than the padded input of {by(size)}: "
        "lower it, or give {padding} same"
    )


def pads(padding: Padding) -> tuple[int, int] | tuple[None, None]:
    """Return the zeros added at each side of the rows and of the columns; None stands for 'same'."""
    if padding == "same":
        return None, None
    return (0, 0) if isinstance(padding, str) else padding


def padding_text(padding: Padding) -> str:
    """Return a padding as it is typed.

    >>> padding_text("same"), padding_text((1, 2))
    ('same', '1x2')
    """
    return padding if isinstance(padding, str) else by(padding)


def checked_padding(value: object) -> Padding:
    """Return a padding: 'same', 'valid' or zeros at each side as rows and columns."""
    if isinstance(value, str):
        if value not in NAMED_PADDINGS:
            refuse_text_of_lengths(value)
            raise QuantityError(
                f"{quoted(value)} is not same, valid or a number{did_you_mean(value, NAMED_PADDINGS)}"
            )
        return value
    return checked_pair(value, least=0)


def checked_bias(value: object) -> Bias:
    """Return whether biases count: False, True for each stage, or 'last'."""
    for known in BIASES:
        if value is known or (isinstance(known, str) and value == known):
            return known
    raise QuantityError(f"{as_given(value)} is not true, false or 'last'")


def read_padding(text: str) -> Padding:
    """Read a padding: `same`, `valid`, `1` or `1x2`."""
    return checked_padding(text if text[:1].isalpha() else pair(text, least=0))


def read_gamma(text: str) -> Fraction:
    """Read a depth multiplier: an exact ratio of at least 1."""
    return checked_gamma(ratio(text))


def _channels(
    reads: int | None, writes: int | None, multiplier: Fraction | None
) -> dict[str, int | Fraction]:
    if reads is not None and writes is not None:
        return {"gamma": multiplier or Fraction(writes, reads)}
    if multiplier is None or (reads is None and writes is None):
        missing = "n_o" if writes is None else "n_i"
        raise FieldError(missing, "is missing: give two of {n_i}, {n_o} and {gamma}")
    if reads is not None:
        return {"n_o": _tied("n_o", reads, multiplier)}
    assert writes is not None
    return {"n_i": _tied("n_i", writes, 1 / multiplier)}


def _tied(field: str, channels: int, multiplier: Fraction) -> int:
    tied = channels * multiplier
    if tied.denominator != 1:
        raise FieldError(field, f"would be {tied}, which is not whole, as N_o = gamma N_i")
    return checked_field(field, checked_whole, tied.numerator)


def checked_gamma(value: object) -> Fraction:
    """Return a depth multiplier: an exact ratio of at least 1."""
    multiplier = checked_ratio(value)
    if multiplier < 1:
        raise QuantityError(f"{as_given(value)} is below 1: a depthwise convolution cannot drop channels")
    return multiplier


_CHECKS: Mapping[str, Callable[[object], Any]] = {
    "n_i": checked_whole,
    "n_o": checked_whole,
    "kernel": checked_pair,
    "size": checked_pair,
    "stride": checked_pair,
    "dilation": checked_pair,
    "padding": checked_padding,
    "bias": checked_bias,
    "gamma": checked_gamma,
}
_NOT_ALWAYS_GIVEN = ("n_i", "n_o", "size", "gamma")


def checked_sizes(optional: Container[str], *sizes: object) -> dict[str, Any]:
    """Return the fields of a layer, given in their order, as they are kept; `optional` ones may be None.

    Raises FieldError, which names the first that cannot hold.
    """
    return {
        name: None if value is None and name in optional else checked_field(name, check, value)
        for (name, check), value in zip(_CHECKS.items(), sizes, strict=True)
    }
