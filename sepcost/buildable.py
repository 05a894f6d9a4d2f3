"""Which values of one unknown size leave a layer that can be built in a scheme, found without trying them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from math import isqrt

from sepcost.comparison import SchemeCost, cost_of
from sepcost.core.build import NO_PARAMETERS, needs
from sepcost.core.formulas import Number, Sizes
from sepcost.core.given import FIELD_OF, Given
from sepcost.core.layer import Layer
from sepcost.core.monomial import Monomial, as_monomial, whole_at
from sepcost.core.quantity import LARGEST
from sepcost.core.scheme import Scheme
from sepcost.hardware.execution import Execution

SQUARES = ("k", "size")
"""The unknowns that are the side of a square."""


class Question:
    """One unknown size of a layer in one scheme: its values that can be built, and what each costs.

    execution: how the layer runs; None where that is of no interest.
    """

    def __init__(
        self,
        unknown: str,
        given: Given,
        scheme: Scheme,
        parameters: Mapping[str, int] = NO_PARAMETERS,
        execution: Execution | None = None,
    ) -> None:
        self.unknown = unknown
        self.given = given
        self.scheme = scheme
        self.parameters = parameters
        self.execution = execution

    def layer_at(self, value: int) -> Layer:
        """Return the layer where the unknown has that value."""
        return self.given.layer(**{FIELD_OF[self.unknown]: value})

    def row_at(self, value: int) -> SchemeCost:
        """Return what `compare` says of the layer where the unknown has that value."""
        batch = 1 if self.execution is None else self.execution.batch
        return cost_of(self.layer_at(value), self.scheme, batch, self.parameters, execution=self.execution)

    def why_not(self) -> str | None:
        """Return why no value of the unknown can be built, or None where one can."""
        if self._is_fixed():
            return f"not applicable: {self.unknown} is fixed by N_o = gamma N_i and what is given"
        self.layer_at(self._first)  # what is given may leave no layer
        if self.values is None:
            return f"not decided: no rule tells which {self.unknown} can be built"
        refusal = self.row_at(self.values[0] if self.values else self._first).refusal
        if refusal is not None:
            return str(refusal)
        return None if self.values else f"no {self.unknown} up to 10^9 can be built"

    @cached_property
    def values(self) -> Sequence[int] | None:
        """Return the values that can be built, ascending, None where no rule tells them.

        In a list cost may fall from one to the next, unless the scheme follows √gamma. SymPy is asked where
        channels are no products of sizes.
        """
        if self.unknown == "size":
            return range(1, LARGEST + 1)
        if self.scheme.ties_channels:
            return self._tied_values()
        with suppress(ArithmeticError):  # NoRuleError, and quotients and roots that no layer has
            return whole_at(self._counts(), *self._ends)
        from sepcost.solver.built_values import built_values

        with suppress(ArithmeticError):
            return built_values(self.scheme, self._sizes, *self._ends)
        return None

    @property
    def _ends(self) -> tuple[int, int]:
        """The first and the last value in question: gamma is at least 1, and channels are up to 10^9."""
        given = self.given
        follows = self.scheme.reads_gamma and given.gamma is None
        if self.unknown == "N_o":
            return (given.n_i or 1) if follows else 1, LARGEST
        if self.unknown == "N_i" and given.n_o is not None:
            return 1, given.n_o if follows else LARGEST
        if self.unknown == "N_i":
            return 1, int(LARGEST / (given.gamma or 1))
        if self.unknown == "gamma" and given.n_o is None:
            return 1, LARGEST // (given.n_i or 1)
        return 1, LARGEST

    @property
    def _first(self) -> int:
        """The first value in question that leaves both channel counts whole."""
        gamma = self.given.gamma
        if gamma is None or self.given.n_i is not None or self.given.n_o is not None:
            return self._ends[0]
        return {"N_o": gamma.numerator, "N_i": gamma.denominator}.get(self.unknown, 1)

    @property
    def may_fall(self) -> bool:
        """Whether cost may fall from one value to a larger one."""
        return isinstance(self.values, list) and not self.scheme.ties_channels

    def _counts(self) -> list[Monomial]:
        """Return what has to be whole for a layer to be built, in the unknown."""
        sizes = self._sizes(Monomial(Fraction(1)), as_monomial)
        found = needs(self.scheme.own(sizes), self.scheme.stages(sizes), sizes.n_o)
        return [as_monomial(need.above) / need.below for need in found]

    def _sizes(self, x: Number, number: Callable[[int | Fraction], Number]) -> Sizes:
        """Return the sizes of a layer in the unknown x. number: of what is held, in the kind that x is of."""
        given = self.given
        n_i, n_o, gamma = given.channels(self.unknown, x, number)
        f_r, f_c = (x, x) if self.unknown == "k" else given.kernel or (1, 1)
        return Sizes(n_i, n_o, f_r * f_c, gamma, f_r, f_c, self.parameters)

    def _tied_values(self) -> Sequence[int]:
        """Return the values for which N_o = gamma N_i leaves channels and √gamma whole."""
        given = self.given
        if self.unknown == "k":
            return range(1, LARGEST + 1)
        if self.unknown == "gamma":
            # With N_o left out it is gamma N_i, which must stay within bounds.
            return self._squares(1, LARGEST // (given.n_i or 1))
        if given.gamma is not None:
            return self._tied_channels(given.gamma)
        if given.n_i is not None:
            return self._squares(given.n_i, LARGEST)
        n_o = given.n_o or 1
        return sorted(n_o // root**2 for root in range(1, isqrt(n_o) + 1) if n_o % root**2 == 0)

    def _is_fixed(self) -> bool:
        given = self.given
        held = 3 - [given.n_i, given.n_o, given.gamma].count(None)
        return self.scheme.ties_channels and self.unknown not in SQUARES and held == 2

    @staticmethod
    def _squares(step: int, most: int) -> Sequence[int]:
        """Return step gamma up to `most`, for the gammas that are squares."""
        return [step * root**2 for root in range(1, isqrt(most // step) + 1)]

    def _tied_channels(self, gamma: Fraction) -> range:
        """Return the channels for which the other count, by N_o = gamma N_i, is whole and within bounds."""
        p, q = gamma.as_integer_ratio()
        step = p if self.unknown == "N_o" else q
        return range(step, step * (LARGEST // p) + 1, step)
