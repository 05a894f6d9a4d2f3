"""Rows that say the same of schemes that give the same stages: people see them as one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from sepcost.core.build import NO_PARAMETERS
from sepcost.core.exact import RootError
from sepcost.core.formulas import Sizes, Stage
from sepcost.core.schemes import scheme_named

if TYPE_CHECKING:
    from sepcost.core.given import Given
    from sepcost.core.layer import Pair

T = TypeVar("T")

_LAYERS: tuple[tuple[int, int, Pair], ...] = ((36, 4, (2, 3)), (900, 25, (5, 3)))
"""Layers that tell schemes apart: input channels and gamma, which have roots, and a kernel."""


def together(rows: Iterable[T], key: Callable[[T], Hashable]) -> tuple[tuple[T, ...], ...]:
    """Return rows in their order, those with one key at the place of the first of them."""
    found: dict[Hashable, list[T]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return tuple(map(tuple, found.values()))


def shape(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Return stages whatever they are called."""
    return tuple(stage._replace(name="", multiplier=None) for stage in stages)


def shapes(scheme: str, given: Given, parameters: Mapping[str, int] = NO_PARAMETERS) -> Hashable:
    """Return a key that is equal for schemes which give the same stages, whatever those are called.

    given: the sizes that are known. The others are tried at two layers, and stages that are the same at
    both are taken for the same at all. On both N_o = gamma N_i holds, which schemes that follow gamma need.
    A scheme that divides by zero there, or has roots that no exact number holds, is like no other.

    >>> from sepcost.core.given import Given
    >>> shapes("separable", Given(), {}) == shapes("distributed", Given(), {})
    False
    >>> one = Given(gamma=Fraction(1))
    >>> shapes("separable", one, {}) == shapes("distributed", one, {})
    True
    """
    try:
        return tuple(shape(scheme_named(scheme).stages(sizes)) for sizes in _sizes(given, parameters))
    except (ZeroDivisionError, RootError):  # a user's own expressions, on these layers
        return scheme


def _sizes(given: Given, parameters: Mapping[str, int]) -> Iterator[Sizes]:
    for n_i, ratio, usual in _LAYERS:
        gamma = Fraction(ratio) if given.gamma is None else given.gamma
        if given.gamma is None and given.n_i is not None and given.n_o is not None:
            gamma = Fraction(given.n_o, given.n_i)
        reads = given.n_i or (n_i if given.n_o is None else given.n_o / gamma)
        rows, columns = given.kernel or usual
        yield Sizes(reads, given.n_o or gamma * reads, rows * columns, gamma, rows, columns, parameters)
