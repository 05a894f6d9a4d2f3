"""The sizes that a question gives, as JSON has them and as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sepcost.core.layer import Layer, Padding, Pair, padding_text
from sepcost.core.quantity import by
from sepcost.report.result import Document

if TYPE_CHECKING:
    from sepcost.core.given import Given


def sizes_document(sizes: Given | Layer) -> Document:
    """Return channels, kernel and size as JSON has them, None for those that are not given."""
    f_r, f_c = sizes.kernel or (None, None)
    l_r, l_c = sizes.size or (None, None)
    return {"n_i": sizes.n_i, "n_o": sizes.n_o, "f_r": f_r, "f_c": f_c, "l_r": l_r, "l_c": l_c}


def given_document(given: Given) -> Document:
    """Return the sizes that are given, and gamma, as JSON has them."""
    document = {name: value for name, value in sizes_document(given).items() if value is not None}
    if given.gamma is not None:
        document["gamma"] = str(given.gamma)
    return document


def spacing_document(sizes: Given | Layer) -> Document:
    """Return stride, dilation and padding as JSON has them."""
    return {
        "stride": list(sizes.stride),
        "dilation": list(sizes.dilation),
        "padding": sizes.padding if isinstance(sizes.padding, str) else list(sizes.padding),
    }


def spacing_words(stride: Pair, dilation: Pair, padding: Padding) -> list[str]:
    """Return what is not usual of stride, dilation and padding, in words.

    >>> spacing_words((2, 2), (1, 1), "valid")
    ['stride 2x2', 'padding valid']
    """
    said = [f"stride {by(stride)}"] if stride != (1, 1) else []
    said += [f"dilation {by(dilation)}"] if dilation != (1, 1) else []
    return [*said, f"padding {padding_text(padding)}"] if padding != "same" else said


def parameter_words(parameters: Mapping[str, object]) -> list[str]:
    """Return the parameters of schemes that are given, in words.

    >>> parameter_words({"expansion": 4})
    ['expansion = 4']
    """
    return [f"{name} = {value}" for name, value in parameters.items()]


def given_words(given: Given, unknown: str | None = None) -> str:
    """Return the sizes that are given, in words; a kernel that is the unknown is left out.

    >>> from sepcost.core.given import Given
    >>> given_words(Given(n_o=64, kernel=(3, 3), stride=(2, 2)))
    '3x3 kernel, N_o = 64, stride 2x2'
    """
    said = [] if unknown == "k" else [f"{by(given.kernel)} kernel" if given.kernel else "any kernel"]
    said += [f"N_i = {given.n_i}"] if given.n_i is not None else []
    said += [f"N_o = {given.n_o}"] if given.n_o is not None else []
    said += [f"gamma = {given.gamma}"] if given.gamma is not None else []
    said += [f"{by(given.size)} input"] if given.size is not None else []
    return ", ".join([*said, *spacing_words(given.stride, given.dilation, given.padding)])
