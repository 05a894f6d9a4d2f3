"""The sizes of a layer that are given; the others are unknown or stay symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from sepcost.core.errors import FieldError
from sepcost.core.formulas import Bias, Number
from sepcost.core.layer import Layer, Padding, Pair, checked_sizes

USUAL_KERNEL: Pair = (3, 3)
"""The kernel where nothing is said of it: by identity, so that it is told from the same kernel given."""

FIELD_OF = {"N_o": "n_o", "N_i": "n_i", "gamma": "gamma", "k": "kernel", "size": "size"}
"""The field of each size that can be the unknown; k and size are the sides of squares."""


def unknown_given(unknown: str) -> str:
    """Return what is wrong where the unknown is given, and the mend."""
    return f"is the unknown: leave it out, or solve for another than {unknown}"


def checked_given(unknown: str, n_i: object, n_o: object, kernel: object, *others: object) -> dict[str, Any]:
    """Return the fields of a question, given in their order, as they are kept; None for those left out.

    Raises FieldError, which names the first that cannot hold.
    """
    is_unknown = unknown == "k" and kernel is USUAL_KERNEL
    may_lack = ("n_i", "n_o", "kernel", "size", "gamma")
    return checked_sizes(may_lack, n_i, n_o, None if is_unknown else kernel, *others)


@dataclass(frozen=True)
class Given:
    """The sizes that are given, None for those that are not. The fields are those of Layer."""

    n_i: int | None = None
    n_o: int | None = None
    kernel: Pair | None = None
    size: Pair | None = None
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = "same"
    bias: Bias = False
    gamma: Fraction | None = None

    def channels(
        self, unknown: str, x: Number, number: Callable[[int | Fraction], Number]
    ) -> tuple[Number, Number, Number]:
        """Return N_i, N_o and gamma, x for the unknown, and what is left out by N_o = gamma N_i.

        number: of what is given, in the kind that x is of.
        """

        def known(name: str, held: int | Fraction | None) -> Number:
            if name == unknown:
                return x
            return None if held is None else number(held)

        n_i, n_o, gamma = known("N_i", self.n_i), known("N_o", self.n_o), known("gamma", self.gamma)
        if n_i is None:
            n_i = n_o / gamma
        elif n_o is None:
            n_o = gamma * n_i
        return n_i, n_o, n_o / n_i if gamma is None else gamma

    def layer(self, **sizes: Any) -> Layer:
        """Return the layer of what is given, but for `sizes`; FieldError where that is no layer."""
        given = {each.name: getattr(self, each.name) for each in fields(Given)}
        return Layer(**{**given, **sizes})

    def refuse(self, unknown: str) -> None:
        """Raise FieldError where the unknown is given."""
        field = FIELD_OF.get(unknown)
        if field is not None and getattr(self, field) is not None:
            raise FieldError(field, unknown_given(unknown))
