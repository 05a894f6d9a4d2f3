"""Break-even questions and their answers by counting, which know nothing of how they are solved.

A question names an unknown and some sizes. Each value of the unknown then stands for one layer, or
for none; what that layer costs is counted with the formulas on whole numbers, fractions and surds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from math import isqrt
from random import Random
from typing import NamedTuple, Protocol, TypeVar

from sepcost.core import formulas
from sepcost.core.formulas import Sizes
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven

PAIRS = [(scheme, against) for scheme in NOTEBOOK_NAMES for against in NOTEBOOK_NAMES if scheme != against]
ANY_CHANNELS = 5
"""Channels read where neither side of a comparison depends on how many there are."""


class Asked(NamedTuple):
    """One question on one scheme, in one metric: weights, with or without biases."""

    unknown: str
    scheme: str
    against: str
    n_i: int | None = None
    n_o: int | None = None
    taps: int | None = 9
    gamma: Fraction | None = None
    bias: bool = False
    tied: bool = False

    def answer(self) -> BreakEvenRow:
        found = breakeven(
            self.unknown,
            n_i=self.n_i,
            n_o=self.n_o,
            kernel=None if self.taps is None else (self.taps, 1),
            gamma=self.gamma,
            bias=self.bias,
            tied=self.tied,
            schemes=[self.scheme],
            against=self.against,
            metrics=["weights"],
        )
        return found.rows[0]

    @property
    def least(self) -> int:
        """Where the unknown starts."""
        return 1

    @property
    def beyond(self) -> int:
        """A number above every divisor of the channels that are drawn."""
        return 64

    @property
    def reads_gamma(self) -> bool:
        return any(scheme_named(name).reads_gamma for name in (self.scheme, self.against))

    @property
    def holds_tie(self) -> bool:
        """Whether N_o = gamma N_i is asked of the layer, by a scheme or by the question."""
        schemes = [scheme_named(name) for name in (self.scheme, self.against)]
        return any(each.ties_channels or (self.tied and each.reads_gamma) for each in schemes)

    @property
    def is_rooted(self) -> bool:
        return "distributed" in (self.scheme, self.against)

    def is_open(self) -> bool:
        """Whether a size that matters is not given, so that only symbols can answer."""
        if self.unknown != "k" and self.taps is None:
            return True
        if self.unknown == "N_o":
            return self.reads_gamma and self.gamma is None and self.n_i is None
        if self.unknown == "N_i":
            return self.n_o is None and self.gamma is None
        if self.unknown == "gamma":
            return self.n_i is None and self.n_o is None
        if self.gamma is None:
            return self.n_o is None or (self.reads_gamma and self.n_i is None)
        return self.n_i is None and self.n_o is None

    def filled(self, taps: Fraction | int, gamma: Fraction, n_o: Fraction | int) -> Asked:
        """The question with a number for each symbol, no more of them than leave it open."""
        numbers = self
        if self.taps is None and self.unknown != "k":
            numbers = numbers._replace(taps=taps)
        if numbers.is_open() and (self.unknown == "N_i" or (self.reads_gamma and self.unknown != "gamma")):
            numbers = numbers._replace(gamma=self.gamma or gamma)
        return numbers._replace(n_o=n_o) if numbers.is_open() else numbers

    def leaves_nothing(self) -> bool:
        """Whether the sizes given contradict the tie, or already fix the unknown through it."""
        if self.unknown == "N_o":
            return self.holds_tie and self.n_i is not None and self.gamma is not None
        if self.unknown == "N_i":
            return self.holds_tie and self.n_o is not None and self.gamma is not None
        if self.unknown == "gamma":
            return self.holds_tie and self.n_i is not None and self.n_o is not None
        if self.n_i is None or self.n_o is None:
            return False
        ratio = Fraction(self.n_o, self.n_i)
        if self.gamma is None:
            return self.reads_gamma and ratio < 1
        return self.holds_tie and self.gamma != ratio

    def sizes(self, value: int | Fraction) -> Sizes | None:
        """Return the layer for which the unknown has a value of at least 1; None where gamma is below 1.

        N_o = gamma N_i gives what is missing, where `tied` is set or nothing else can give it.
        """
        n_i = value if self.unknown == "N_i" else self.n_i
        n_o = value if self.unknown == "N_o" else self.n_o
        gamma = value if self.unknown == "gamma" else self.gamma
        if n_o is None:
            n_o = gamma * n_i
        if n_i is None:
            n_i = Fraction(n_o) / gamma if self.holds_tie else ANY_CHANNELS
        if gamma is None:
            gamma = Fraction(n_o) / n_i
        if self.reads_gamma and gamma < 1:
            return None
        taps = value * value if self.unknown == "k" else self.taps
        return Sizes(*(_simplest(size) for size in (n_i, n_o, taps, gamma)))

    def excess(self, value: int | Fraction) -> int | None:
        """Return -1, 0, 1 as the scheme costs less than the baseline, as much or more; None for no layer."""
        sizes = self.sizes(value)
        return None if sizes is None else order(self.scheme, self.against, sizes[:4], self.bias)

    def is_layer(self, value: int) -> bool:
        """Whether a layer of whole channels has that value of the unknown."""
        sizes = self.sizes(value)
        return sizes is not None and isinstance(sizes.n_i, int) and isinstance(sizes.n_o, int)

    def is_realizable(self, value: int) -> bool:
        """Whether that value of the unknown leaves every depthwise multiplier whole."""
        sizes = self.sizes(value)
        return sizes is not None and all(is_whole(each, sizes.gamma) for each in (self.scheme, self.against))


def is_whole(scheme: str, gamma: int | Fraction) -> bool:
    """Whether a scheme's depthwise multiplier is whole."""
    if scheme == "generalized":
        return Fraction(gamma).denominator == 1
    return scheme != "distributed" or (Fraction(gamma).denominator == 1 and isqrt(int(gamma)) ** 2 == gamma)


def _simplest(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def cost(scheme: str, sizes: Sizes, bias: int) -> object:
    """Count a scheme's weights on whole numbers, fractions and surds."""
    return formulas.weights(scheme_named(scheme).stages(sizes), bias)


@cache
def order(scheme: str, against: str, numbers: tuple[int | Fraction, ...], bias: bool) -> int:
    """Return -1, 0 or 1 as one scheme costs less than another, the same or more."""
    mine, theirs = (cost(each, Sizes(*numbers), bias) for each in (scheme, against))
    return 0 if mine == theirs else -1 if mine < theirs else 1


class Counted(NamedTuple):
    """What counting finds: where the scheme costs no more than the baseline, and where less."""

    first: int | None
    last: int | None
    strictly_first: int | None
    strictly_last: int | None
    first_realizable: int | None
    last_realizable: int | None


class Question(Protocol):
    """What drawing and counting ask of a question: its layers, and which scheme costs more in each."""

    unknown: str
    least: int
    beyond: int

    def is_layer(self, value: int) -> bool: ...

    def is_realizable(self, value: int) -> bool: ...

    def excess(self, value: int) -> int | None: ...

    def is_open(self) -> bool: ...

    def leaves_nothing(self) -> bool: ...


Q = TypeVar("Q", bound=Question)


def counted(asked: Question) -> Counted:
    """Count a question's answers over every value up to where nothing changes any more."""
    reach = _reach(asked)
    layers = [value for value in range(asked.least, 2 * reach + 1) if asked.is_layer(value)]
    goes_on = layers != [] and layers[-1] > reach
    signs = {value: asked.excess(value) for value in layers}
    holds = [value for value, sign in signs.items() if sign is not None and sign <= 0]
    cheaper = [value for value, sign in signs.items() if sign == -1]
    realizable = [value for value in holds if asked.is_realizable(value)]

    def last(values: list[int]) -> int | None:
        endless = goes_on and values != [] and values[-1] > reach
        return None if endless or not values else values[-1]

    return Counted(
        first=holds[0] if holds else None,
        last=last(holds),
        strictly_first=cheaper[0] if cheaper else None,
        strictly_last=last(cheaper),
        first_realizable=realizable[0] if realizable else None,
        last_realizable=last(realizable),
    )


def _reach(asked: Question) -> int:
    """Return a number from which on the two costs stay in one order, as far out as 2^20 times it.

    It is beyond the channels that are drawn, which values of some unknowns have to divide.
    """
    reach = asked.beyond
    while len({asked.excess(reach << doublings) for doublings in range(20)}) > 1:
        reach *= 2
    return reach


WHOLE_GAMMAS = [Fraction(gamma) for gamma in (1, 2, 3, 4, 5, 8, 9)]
BROKEN_GAMMAS = [Fraction(gamma) for gamma in ("3/2", "5/2", "9/4", "4/3", "7/3", "25/16")]


def random_question(random: Random) -> Asked:
    """Return any question on small sizes, each given or left out."""
    unknown = random.choice(["N_o", "N_i", "gamma", "k"])
    scheme, against = random.choice(PAIRS)

    def perhaps(name: str, chances: float, value: object) -> object:
        return value if name != unknown and random.random() < chances else None

    return Asked(
        unknown,
        scheme,
        against,
        n_i=perhaps("N_i", 0.5, random.choice([1, 1, 1, 2, 3, 4, 6, 8])),
        n_o=perhaps("N_o", 0.5, random.randint(1, 12)),
        taps=perhaps("k", 0.95, random.choice([1, 2, 3, 4, 5, 6, 9])),
        gamma=perhaps("gamma", 0.5, random.choice(WHOLE_GAMMAS + BROKEN_GAMMAS)),
        bias=random.random() < 0.5,
        tied=random.random() < 0.3,
    )


def drawn(draw: Callable[[Random], Q], seed: str, number: int, open_ones: bool = False) -> list[Q]:
    """Return that many distinct questions that leave something to solve: in numbers, or open ones."""
    random, found = Random(seed), {}
    while len(found) < number:
        asked = draw(random)
        if asked.is_open() == open_ones and not asked.leaves_nothing():
            found[asked] = None
    return list(found)


random_questions = partial(drawn, random_question)
