"""The sizes that a question gives, as JSON has them and as people say them."""

from __future__ import annotations

from fractions import Fraction

from sepcost.layer import Padding, Pair
from sepcost.quantity import by
from sepcost.report.result import Document


def given_document(
    n_i: int | None, n_o: int | None, kernel: Pair | None, gamma: Fraction | None, size: Pair | None = None
) -> Document:
    """Return the sizes that are given, under the names that JSON has for them."""
    f_r, f_c = kernel or (None, None)
    l_r, l_c = size or (None, None)
    every = {"n_i": n_i, "n_o": n_o, "f_r": f_r, "f_c": f_c, "l_r": l_r, "l_c": l_c}
    document: Document = {name: value for name, value in every.items() if value is not None}
    if gamma is not None:
        document["gamma"] = str(gamma)
    return document


def spacing_words(stride: Pair, dilation: Pair, padding: Padding) -> list[str]:
    """Return what is not usual of stride, dilation and padding, in words.

    >>> spacing_words((2, 2), (1, 1), "valid")
    ['stride 2x2', 'padding valid']
    """
    said = [f"stride {by(stride)}"] if stride != (1, 1) else []
    said += [f"dilation {by(dilation)}"] if dilation != (1, 1) else []
    if padding != "same":
        said.append(f"padding {padding if isinstance(padding, str) else by(padding)}")
    return said


def given_words(
    n_i: int | None,
    n_o: int | None,
    kernel: Pair | None,
    gamma: Fraction | None,
    size: Pair | None = None,
    asks_kernel: bool = False,
) -> str:
    """Return the sizes that are given, in words; of a kernel that is asked for nothing is said.

    >>> given_words(None, 64, (3, 3), Fraction(9, 4))
    '3x3 kernel, N_o = 64, gamma = 9/4'
    """
    said = [] if asks_kernel else [f"{by(kernel)} kernel" if kernel else "any kernel"]
    said += [f"N_i = {n_i}"] if n_i is not None else []
    said += [f"N_o = {n_o}"] if n_o is not None else []
    said += [f"gamma = {gamma}"] if gamma is not None else []
    said += [f"{by(size)} input"] if size is not None else []
    return ", ".join(said)
