"""Break-even questions about any two schemes: which layers each is about, and what those cost.

A question names an unknown and some sizes; each value of the unknown is then one layer in either scheme, or
none. What that layer costs is counted with the formulas on whole numbers, fractions and surds: nothing here
knows how break-evens are solved.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from math import isqrt
from random import Random
from typing import Any, NamedTuple

from sepcost.core import formulas
from sepcost.core.build import build
from sepcost.core.formulas import Maps, Sizes
from sepcost.core.given import FIELD_OF
from sepcost.core.layer import Layer
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named, scheme_names
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven

PAIRS = [(scheme, against) for scheme in NOTEBOOK_NAMES for against in NOTEBOOK_NAMES if scheme != against]
ANY_CHANNELS = 27720
"""Input channels where both costs are multiples of them: 1 to 12 divide them."""

SIZES = ("N_o", "N_i", "gamma", "k")
Number = int | Fraction


class Question(NamedTuple):
    """One question about two schemes in one metric.

    parameters: given ones. macs_on: the input, crossed by a stride of 2, of MACs; None for weights.
    """

    unknown: str
    scheme: str
    against: str
    n_i: int | None = None
    n_o: int | None = None
    gamma: Fraction | None = None
    kernel: tuple[Number, Number] | None = (3, 3)
    bias: bool | str = False
    tied: bool = False
    parameters: tuple[tuple[str, int], ...] = ()
    macs_on: tuple[int, int] | None = None

    def answer(self) -> BreakEvenRow:
        found = breakeven(
            self.unknown,
            n_i=self.n_i,
            n_o=self.n_o,
            kernel=self.kernel,
            size=self.macs_on,
            stride=1 if self.macs_on is None else 2,
            gamma=self.gamma,
            bias=self.bias,
            tied=self.tied,
            schemes=[self.scheme],
            against=self.against,
            parameters=dict(self.parameters),
            metrics=["weights" if self.macs_on is None else "macs"],
        )
        return found.rows[0]

    @property
    def pair(self) -> tuple[Scheme, Scheme]:
        return scheme_named(self.scheme), scheme_named(self.against)

    @property
    def taps(self) -> Number | None:
        return None if self.kernel is None else self.kernel[0] * self.kernel[1]

    @property
    def reads_gamma(self) -> bool:
        return any(scheme.reads_gamma for scheme in self.pair)

    @property
    def holds_tie(self) -> bool:
        """Whether N_o = gamma N_i is asked of the layer, by a scheme or by the question."""
        return any(each.ties_channels or (self.tied and each.reads_gamma) for each in self.pair)

    @property
    def least(self) -> int:
        """Where the unknown starts."""
        return 2 if self.unknown == "expansion" else 1

    @property
    def beyond(self) -> int:
        """A number above every divisor of the channels that are drawn, gamma times 12 at most."""
        return 128

    @property
    def has_unknown(self) -> bool:
        """Whether the unknown is a size, or a parameter of one of the two."""
        return self.unknown in SIZES or any(each.parameter(self.unknown) is not None for each in self.pair)

    def known(self) -> set[str]:
        """The channels and gamma that are given or unknown."""
        held = {"N_i": self.n_i, "N_o": self.n_o, "gamma": self.gamma}
        return {name for name, value in held.items() if value is not None} | ({self.unknown} & {*held})

    def is_open(self) -> bool:
        """Whether a size that matters is neither given nor the unknown nor tied to others."""
        if self.kernel is None and self.unknown != "k":
            return True
        return len(self.known()) < 2 and not ("N_o" in self.known() and inputs_cancel(self))

    def leaves_nothing(self) -> bool:
        """Whether the sizes given contradict a tie, or already fix the unknown through it."""
        if self.unknown in ("N_o", "N_i", "gamma"):
            return self.holds_tie and self.known() == {"N_i", "N_o", "gamma"}
        if self.n_i is None or self.n_o is None:
            return not self.has_unknown
        ratio = Fraction(self.n_o, self.n_i)
        if self.gamma is None:
            return (self.reads_gamma and ratio < 1) or not self.has_unknown
        return (self.holds_tie and self.gamma != ratio) or not self.has_unknown

    def filled(self, taps: Number, gamma: Fraction, n_o: Number) -> Question:
        """The question with a number for each symbol, no more of them than leave it open."""
        numbers = self
        if self.kernel is None and self.unknown != "k":
            numbers = numbers._replace(kernel=(taps, 1))
        drawn = {"gamma": gamma, "n_o": n_o}
        gamma_first = self.unknown == "N_i" or self.reads_gamma
        for field in drawn if gamma_first else reversed(drawn):
            if numbers.is_open() and getattr(self, field) is None and FIELD_OF.get(self.unknown) != field:
                numbers = numbers._replace(**{field: drawn[field]})
        return numbers

    def sizes(self, value: Number, any_inputs: Number | None = None) -> dict[str, Any] | None:
        """Return the sizes of the layer at a value of the unknown; None where gamma is below 1.

        any_inputs: N_i where it is not given, instead of what gamma makes of N_o.
        """
        n_i = value if self.unknown == "N_i" else self.n_i
        n_o = value if self.unknown == "N_o" else self.n_o
        gamma = value if self.unknown == "gamma" else self.gamma
        if n_o is None:
            n_o = gamma * n_i
        if n_i is None:
            n_i = Fraction(n_o) / gamma if any_inputs is None else any_inputs
        if gamma is None:
            gamma = Fraction(n_o) / n_i
        if self.reads_gamma and gamma < 1:
            return None
        parameters = dict(self.parameters)
        if self.unknown not in SIZES:
            parameters[self.unknown] = value
        kernel = (value, value) if self.unknown == "k" else self.kernel
        return {"n_i": n_i, "n_o": n_o, "gamma": gamma, "kernel": kernel, "parameters": parameters}

    def costs(self, value: Number, any_inputs: Number | None = None) -> list[Any] | None:
        """Return what the scheme and the baseline cost without the outputs' biases, None for no layer."""
        sizes = self.sizes(value, any_inputs)
        if sizes is None:
            return None
        f_r, f_c = sizes["kernel"]
        made = Sizes(sizes["n_i"], sizes["n_o"], f_r * f_c, sizes["gamma"], f_r, f_c, sizes["parameters"])
        shared = Fraction(made.n_o) if self.bias and self.macs_on is None else 0
        return [self._cost(scheme.stages(made)) + shared * -1 for scheme in self.pair]

    def _cost(self, stages: formulas.Stages) -> Any:
        if self.macs_on is None:
            return formulas.weights(stages, self.bias)
        rows, columns = self.macs_on
        return formulas.macs(stages, Maps(rows, columns, -(-rows // 2), -(-columns // 2)))

    @property
    def any_inputs(self) -> int | None:
        """Input channels to count with where the answer does not depend on them, else None."""
        return ANY_CHANNELS if inputs_cancel(self) else None

    def excess(self, value: Number) -> int | None:
        """Return -1, 0, 1 as the scheme costs less than the baseline, as much or more; None for no layer."""
        costs = self.costs(value, self.any_inputs)
        if costs is None:
            return None
        difference = costs[0] + costs[1] * -1
        return (difference > 0) - (difference < 0)

    def is_layer(self, value: int) -> bool:
        """Whether there is a layer of whole channels in each scheme.

        The notebook's are built of any, but for multipliers: those may be a root of gamma.
        """
        sizes = self.sizes(value, self.any_inputs)
        if sizes is None or any(Fraction(sizes[each]).denominator != 1 for each in ("n_i", "n_o")):
            return False
        others = [scheme for scheme in self.pair if scheme.name not in NOTEBOOK_NAMES]
        if not others:
            return True
        layer = Layer(int(sizes["n_i"]), int(sizes["n_o"]), sizes["kernel"])
        return all(build(scheme, layer, sizes["parameters"]).refusal is None for scheme in others)

    def is_realizable(self, value: int) -> bool:
        """Whether that value of the unknown leaves every depthwise multiplier whole."""
        sizes = self.sizes(value, self.any_inputs)
        return sizes is not None and all(is_whole(each.name, sizes["gamma"]) for each in self.pair)


@cache
def inputs_cancel(asked: Question) -> bool:
    """Whether both costs are multiples of N_i, so that the answer does not depend on N_i."""
    if asked.n_i is not None or asked.unknown == "N_i" or asked.holds_tie:
        return False
    two, three = (asked.costs(Fraction(7, 2), inputs) for inputs in (2, 3))
    if two is None or three is None:
        return False
    return all(one * 3 == other * 2 for one, other in zip(two, three, strict=True))


def is_whole(scheme: str, gamma: Number) -> bool:
    """Whether a scheme's depthwise multiplier is whole."""
    if scheme == "generalized":
        return Fraction(gamma).denominator == 1
    return scheme != "distributed" or (Fraction(gamma).denominator == 1 and isqrt(int(gamma)) ** 2 == gamma)


GAMMAS = [Fraction(gamma) for gamma in (1, 2, 3, 4, 5, 8, 9, "3/2", "5/2", "9/4", "4/3", "7/3", "25/16")]


def notebook_question(random: Random) -> Question:
    """Return any question about two of the notebook's schemes on small sizes, each given or left out."""
    unknown = random.choice(SIZES)
    scheme, against = random.choice(PAIRS)

    def perhaps(name: str, chances: float, value: Any) -> Any:
        return value if name != unknown and random.random() < chances else None

    return Question(
        unknown,
        scheme,
        against,
        n_i=perhaps("N_i", 0.5, random.choice([1, 1, 1, 2, 3, 4, 6, 8])),
        n_o=perhaps("N_o", 0.5, random.randint(1, 12)),
        gamma=perhaps("gamma", 0.5, random.choice(GAMMAS)),
        kernel=perhaps("k", 0.95, (random.choice([1, 2, 3, 4, 5, 6, 9]), 1)),
        bias=random.random() < 0.5,
        tied=random.random() < 0.3,
    )


def any_question(random: Random) -> Question:
    """Return any question about two schemes of the catalogue on small sizes, each given or left out."""
    scheme, against = random.sample(scheme_names(), 2)
    own = [each.name for name in (scheme, against) for each in scheme_named(name).parameters]
    unknown = random.choice([*SIZES, *own, *own])

    def perhaps(name: str, chances: float, value: Any) -> Any:
        return value if name != unknown and random.random() < chances else None

    given = {
        name: random.choice([1, 2, 3, 4, 6]) for name in own if name != unknown and random.random() < 0.7
    }
    given = {name: max(value, 2) if name == "expansion" else value for name, value in given.items()}
    return Question(
        unknown,
        scheme,
        against,
        n_i=perhaps("N_i", 0.6, random.choice([1, 2, 3, 4, 6, 8, 12])),
        n_o=perhaps("N_o", 0.6, random.choice([1, 2, 4, 6, 9, 12, 24])),
        gamma=perhaps("gamma", 0.4, Fraction(random.choice(["1", "2", "3", "4", "9", "3/2", "9/4"]))),
        kernel=perhaps("k", 0.95, random.choice([(1, 1), (1, 2), (2, 2), (3, 3), (3, 1), (3, 5), (7, 7)])),
        bias=random.choice([False, False, True, "last"]),
        parameters=tuple(given.items()),
        macs_on=random.choice([None, None, (5, 8)]),
    )


def drawn(
    draw: Callable[[Random], Question], seed: str, number: int, open_ones: bool = False
) -> list[Question]:
    """Return that many distinct questions that leave something to solve: in numbers, or open ones."""
    random, found = Random(seed), {}
    while len(found) < number:
        asked = draw(random)
        if asked.is_open() == open_ones and not asked.leaves_nothing():
            found[asked] = None
    return list(found)


notebook_questions = partial(drawn, notebook_question)
any_questions = partial(drawn, any_question)
