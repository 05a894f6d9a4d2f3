"""The sizes of a layer that are given; what is not given is asked for, or stays a symbol."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sepcost.core.errors import FieldError
from sepcost.core.formulas import Bias
from sepcost.core.layer import Padding, Pair
from sepcost.core.quantity import checked_if_given, checked_pair

USUAL_KERNEL: Pair = (3, 3)
"""The kernel where nothing is said of it: by identity, so that it is told from the same kernel given."""

FIELD_OF = {"N_o": "n_o", "N_i": "n_i", "gamma": "gamma", "k": "kernel", "size": "size"}
"""The field that each size is which can be asked for; k and size are the sides of squares."""


def asked_for(unknown: str) -> str:
    """Return what is wrong with giving what is asked for, and the mend."""
    return f"is what is asked for: leave it out, or ask for another than {unknown}"


def kernel_given(unknown: str, kernel: int | Pair | None) -> Pair | None:
    """Return the kernel that a question holds; none where the kernel is asked for and nothing is said of it.

    Raises FieldError for a kernel that cannot hold.
    """
    if unknown == "k" and kernel is USUAL_KERNEL:
        return None
    return checked_if_given("kernel", checked_pair, kernel)


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

    def refuse(self, unknown: str) -> None:
        """Raise FieldError where what is asked for is given."""
        field = FIELD_OF.get(unknown)
        if field is not None and getattr(self, field) is not None:
            raise FieldError(field, asked_for(unknown))
