"""Lists of sizes -> the grid of all layers that they make, checked before anything is costed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, isqrt, lcm, prod
from typing import Any, NamedTuple, TypeVar

from sepcost.core import formulas
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.exact import RootError, problem_of
from sepcost.core.formulas import Bias, Maps, Sizes, Stages
from sepcost.core.layer import Layer, Padding, Pair, checked_gamma, keeps_size, output_length, pads
from sepcost.core.quantity import LARGEST, checked_field, checked_pair, checked_whole
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, parameter_meant, parameter_names, scheme_named
from sepcost.core.shown import Shown
from sepcost.hardware.estimate import joined
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import Run, passes_of_stages, run_on

LARGEST_COUNT = 2**63 - 1
"""The largest count that a column of 64 bits holds."""

LARGEST_TICKS = 2**127 - 1
"""The largest number of a machine's ticks that a column of 128 bits holds."""

MOST_ROWS = 10**12

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "n_i": checked_whole,
    "n_o": checked_whole,
    "kernel": checked_pair,
    "size": checked_pair,
    "gamma": checked_gamma,
    "schemes": lambda name: scheme_named(name).name,
}
"""What each value of a list has to be."""

T = TypeVar("T")


class Variant(NamedTuple):
    """A scheme with the parameters that are given for it."""

    scheme: Scheme
    parameters: Mapping[str, int]


@dataclass(frozen=True)
class Grid(Shown):
    """Every layer that takes one value of each list, and the schemes that each is costed in.

    n_i, n_o, gamma: two of them at least, as in `Layer`: gamma left out is n_o / n_i, a channel count
    left out follows from n_o = gamma n_i. kernel, size: rows and columns; size may be left out.

    parameters: lists of values for parameters of the schemes, by name; defaults for those left out. A scheme
    is costed for every combination of those that it has.

    execution: how each layer runs; another than the usual needs a size.

    Layers come in the order of the lists n_i, n_o, kernel, size, gamma, the last of them running
    fastest; each layer has its rows together, in the order of the schemes.

    Raises FieldError where a layer of the grid cannot hold, QuantityError where the grid is too large:
    in its rows, or in a count that does not fit into 64 bits.

    >>> Grid(n_i=(64,), n_o=(64, 128), kernel=((1, 1), (3, 3), (5, 5))).rows
    24
    """

    n_i: tuple[int, ...] | None = None
    n_o: tuple[int, ...] | None = None
    kernel: tuple[Pair, ...] = ((3, 3),)
    size: tuple[Pair, ...] | None = None
    gamma: tuple[Fraction, ...] | None = None
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = "same"
    bias: Bias = False
    schemes: tuple[str, ...] = NOTEBOOK_NAMES
    against: str = BASELINE
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    execution: Execution = USUAL_EXECUTION

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, _checked_list(name, check, getattr(self, name)))
        self._check_parameters()
        self._refuse_broken_channels()
        self._refuse_unreachable()
        if self.size is None and self.asks_for_bytes:
            raise FieldError("size", "is missing: bytes moved need the input's size")
        if self.rows > MOST_ROWS:
            raise QuantityError(f"the grid has {self.rows:,} rows, {MOST_ROWS:,} at most: shorten a list")
        largest = self.largest_count
        if largest > LARGEST_COUNT:
            raise QuantityError(
                f"the grid has a count of {largest:,}, beyond a column of 64 bits: lower its largest sizes"
            )
        if self.machine is not None and 2 * largest * max(self.machine.ticks[:2]) > LARGEST_TICKS:
            raise QuantityError("the machine's figures are too long for a column of 128 bits: round them")

    @property
    def asks_for_bytes(self) -> bool:
        """Whether anything is said of how a layer runs."""
        return self.execution != USUAL_EXECUTION

    @property
    def machine(self) -> Machine | None:
        """The machine that the layers run on, None where bytes alone are of interest."""
        return self.execution.machine

    @property
    def weights_apart(self) -> bool:
        """Whether weights hold more than what MACs multiply by, so that the two save differently."""
        return bool(self.bias)

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many values each list has, in the grid's order; 1 for a list that is left out."""
        lists = (self.n_i, self.n_o, self.kernel, self.size, self.gamma)
        return tuple(1 if each is None else len(each) for each in lists)

    @property
    def layers(self) -> int:
        """How many layers the grid has."""
        return prod(self.lengths)

    @property
    def rows(self) -> int:
        """How many rows the grid has: one for each layer and variant of a scheme."""
        return self.layers * len(self.variants)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Each scheme with each combination of the values of its parameters, in order."""
        return tuple(
            Variant(scheme, dict(zip(own, values, strict=True)))
            for scheme in map(scheme_named, self.schemes)
            for own in [self._own_parameters(scheme)]
            for values in product(*(self.parameters[name] for name in own))
        )

    @property
    def baseline(self) -> Variant:
        """The scheme that the others are compared with."""
        scheme = scheme_named(self.against)
        return Variant(scheme, {name: self.parameters[name][0] for name in self._own_parameters(scheme)})

    @property
    def keeps_size(self) -> bool:
        """Whether every layer's output is as long as its input."""
        return keeps_size(self.stride, self.padding)

    def _own_parameters(self, scheme: Scheme) -> list[str]:
        return [each.name for each in scheme.parameters if each.name in self.parameters]

    def _check_parameters(self) -> None:
        known = parameter_names((*self.schemes, self.against))
        for name, values in self.parameters.items():
            if name not in known:
                mend = parameter_meant(name) or ": give one that has it"
                raise FieldError(name, f"is a parameter of no scheme of these{mend}")
            _checked_list(name, checked_whole, values)
        for name in self._own_parameters(scheme_named(self.against)):
            if len(self.parameters[name]) > 1:
                raise FieldError(name, f"has several values, and {self.against} is the baseline: give one")

    @property
    def largest_count(self) -> int:
        """No count of the grid is larger; where padding is same, nearly always one is as large."""
        largest = 0
        for variant in (*self.variants, self.baseline):
            stages = self._largest_stages(variant)
            largest = max(largest, formulas.weights(stages, self.bias), formulas.macs(stages))
            if self.size is not None:
                work = joined(passes_of_stages(stages, self._longest_run(self.size)))
                largest = max(largest, work.macs, work.bytes)
        return largest

    def _largest_stages(self, variant: Variant) -> Stages:
        """Return whole stages of which no layer has larger ones; sums in between count as well."""
        n_i, n_o = _largest_channels(self.n_i, self.n_o, self.gamma)
        f_r, f_c = map(max, zip(*self.kernel, strict=True))
        taps = max(rows * columns for rows, columns in self.kernel)
        gamma = self._largest_gamma(n_i, n_o) if variant.scheme.reads_gamma else 1
        if gamma is None:  # As gamma n_i is n_o, a depthwise stage that multiplies by it writes n_o at most.
            n_i, gamma = n_o, 1
        sizes = Sizes(n_i, n_o, taps, gamma, f_r, f_c, variant.parameters)
        return tuple(stage.converted(ceil) for stage in _stages_of_any(variant.scheme, sizes))

    def _largest_gamma(self, n_i: int, n_o: int) -> int | None:
        """Return the largest whole gamma that is given beside both channels; None where channels make it."""
        if self.n_i is None or self.n_o is None or self.gamma is None:
            return None
        return max((each.numerator for each in self.gamma if each.denominator == 1), default=1)

    def _longest_run(self, sizes: tuple[Pair, ...]) -> Run:
        least = tuple(map(min, zip(*self.kernel, strict=True)))
        axes = list(zip(least, self.stride, self.dilation, pads(self.padding), strict=True))
        written = [
            tuple(output_length(length, *axis) for length, axis in zip(size, axes, strict=True))
            for size in sizes
        ]
        read_positions, written_positions = (max(map(prod, each)) for each in (sizes, written))
        # As large as any map is, whichever of its axes a stage has taken.
        maps = Maps(max(read_positions, written_positions), 1, written_positions, 1)
        return run_on(maps, self.execution, self.bias)

    def _refuse_broken_channels(self) -> None:
        """Refuse channels that say too little, and an n_o = gamma n_i that is not whole or too large."""
        if self.gamma is None:
            for name in ("n_i", "n_o"):
                if getattr(self, name) is None:
                    raise FieldError(name, "is missing: give two of {n_i}, {n_o} and {gamma}")
        elif self.n_i is None and self.n_o is None:
            raise FieldError("n_o", "is missing: give two of {n_i}, {n_o} and {gamma}")
        elif self.n_o is None:
            _refuse_untied("n_o", self.n_i or (), self.gamma)
        elif self.n_i is None:
            _refuse_untied("n_i", self.n_o, tuple(1 / gamma for gamma in self.gamma))

    def _refuse_unreachable(self) -> None:
        """Refuse a kernel that is larger than a padded input, as the layer that is the nearest to it."""
        largest = tuple(map(max, zip(*self.kernel, strict=True)))
        smallest = None if self.size is None else tuple(map(min, zip(*self.size, strict=True)))
        Layer(1, 1, largest, smallest, self.stride, self.dilation, self.padding, self.bias)


def _checked_list(
    field: str, check: Callable[[Any], T], values: Iterable[Any] | None
) -> tuple[T, ...] | None:
    """Return values that layers can have, one given alone as a list of it; refuse a list without any."""
    if values is None:
        return None
    each = (values,) if isinstance(values, (str, int, Fraction)) else values
    checked = tuple(checked_field(field, check, value) for value in each)
    if not checked:
        raise FieldError(field, "is a list without values: leave it out, or give one")
    return checked


def _largest_channels(
    n_i: tuple[int, ...] | None, n_o: tuple[int, ...] | None, gamma: tuple[Fraction, ...] | None
) -> tuple[int, int]:
    """Return the largest channel counts, that which is left out from n_o = gamma n_i."""
    if n_i is None:
        assert n_o is not None
        assert gamma is not None
        return int(max(n_o) / min(gamma)), max(n_o)
    if n_o is None:
        assert gamma is not None
        return max(n_i), int(max(n_i) * max(gamma))
    return max(n_i), max(n_o)


def _refuse_untied(field: str, channels: Iterable[int], factors: tuple[Fraction, ...]) -> None:
    """Refuse a product of channels and a factor that is not a whole number from 1 to 10^9."""
    whole = lcm(*(factor.denominator for factor in factors))
    largest = max(factors)
    for count in channels:
        if count % whole:
            factor = next(factor for factor in factors if count % factor.denominator)
            raise FieldError(
                field,
                f"would be {count * factor}, which is not whole, for {count} channels and N_o = gamma N_i",
            )
        if count * largest > LARGEST:
            raise FieldError(field, f"would be {count * largest}, above {LARGEST}, as N_o = gamma N_i")


def _stages_of_any(scheme: Scheme, sizes: Sizes) -> Stages:
    """Return the stages at sizes, or at the next squares where those divide by zero or roots do not add."""
    try:
        with suppress(ZeroDivisionError, RootError):
            return scheme.stages(sizes)
        n_i, n_o, taps, gamma, f_r, f_c = map(_next_square, sizes[:-1])
        parameters = {name: _next_square(value) for name, value in sizes.parameters.items()}
        return scheme.stages(Sizes(n_i, n_o, taps, gamma, f_r, f_c, parameters))
    except (ZeroDivisionError, RootError) as error:
        said = f"{scheme.name}: an expression of it {problem_of(error)} at the largest sizes"
        raise QuantityError(f"{said}: change one, or leave the scheme out") from None


def _next_square(number: int) -> int:
    return (isqrt(number) + 1) ** 2
