"""Break-even questions about any two schemes, and their answers by building and counting layers.

A question names an unknown and some sizes; each whole value of the unknown is then one layer in either
scheme, which is built and counted, or none. Nothing here knows how break-evens are solved.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from random import Random
from typing import Any, NamedTuple

from sepcost.core import formulas
from sepcost.core.build import build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Maps, Sizes
from sepcost.core.layer import Layer
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import scheme_named, scheme_names
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven
from tests.questions import drawn, is_whole

ANY_CHANNELS = 27720
"""Input channels where both costs are multiples of them: 1 to 12 divide them."""

KERNELS = [(1, 1), (1, 2), (2, 2), (3, 3), (3, 1), (3, 5), (7, 7)]
Number = int | Fraction


class PairQuestion(NamedTuple):
    """One question about two schemes in one metric.

    parameters: given ones. macs_on: the input, crossed by a stride of 2, of MACs; None for weights.
    """

    unknown: str
    scheme: str
    against: str
    n_i: int | None = None
    n_o: int | None = None
    gamma: Fraction | None = None
    kernel: tuple[int, int] | None = (3, 3)
    bias: bool | str = False
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
    def reads_gamma(self) -> bool:
        return any(scheme.reads_gamma for scheme in self.pair)

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
        sizes = self.unknown in ("N_o", "N_i", "gamma", "k")
        return sizes or any(scheme.parameter(self.unknown) is not None for scheme in self.pair)

    def known(self) -> set[str]:
        """The channels and gamma that are given or unknown."""
        held = {"N_i": self.n_i, "N_o": self.n_o, "gamma": self.gamma}
        return {name for name, value in held.items() if value is not None} | ({self.unknown} & {*held})

    def is_open(self) -> bool:
        """Whether a size is neither given nor the unknown nor tied to others."""
        return len(self.known()) < 2 or (self.kernel is None and self.unknown != "k")

    def leaves_nothing(self) -> bool:
        """Whether the sizes given contradict a tie, or already fix the unknown through it."""
        tied = any(scheme.ties_channels for scheme in self.pair)
        if self.unknown in ("N_o", "N_i", "gamma"):
            return tied and {"N_i", "N_o", "gamma"} == self.known()
        if self.n_i is None or self.n_o is None:
            return not self.has_unknown
        ratio = Fraction(self.n_o, self.n_i)
        if self.gamma is None:
            return (self.reads_gamma and ratio < 1) or not self.has_unknown
        return (tied and self.gamma != ratio) or not self.has_unknown

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
        if self.unknown not in ("N_o", "N_i", "gamma", "k"):
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
        return ANY_CHANNELS if self.inputs_cancel() else None

    def excess(self, value: Number) -> int | None:
        """Return -1, 0, 1 as the scheme costs less than the baseline, as much or more; None for no layer."""
        costs = self.costs(value, self.any_inputs)
        if costs is None:
            return None
        difference = costs[0] + costs[1] * -1
        return (difference > 0) - (difference < 0)

    def inputs_cancel(self) -> bool:
        """Whether both costs are multiples of N_i, so that the answer does not depend on N_i."""
        if self.n_i is not None or self.unknown == "N_i" or any(s.ties_channels for s in self.pair):
            return False
        two, three = (self.costs(Fraction(7, 2), inputs) for inputs in (2, 3))
        return all(one * 3 == other * 2 for one, other in zip(two, three, strict=True))

    def is_layer(self, value: int) -> bool:
        """Whether there is a layer of whole channels in each scheme; a multiplier may be a root of gamma."""
        sizes = self.sizes(value, self.any_inputs)
        if sizes is None or any(Fraction(sizes[each]).denominator != 1 for each in ("n_i", "n_o")):
            return False
        try:
            layer = Layer(int(sizes["n_i"]), int(sizes["n_o"]), sizes["kernel"], gamma=sizes["gamma"])
        except FieldError:
            layer = Layer(int(sizes["n_i"]), int(sizes["n_o"]), sizes["kernel"])
        unread = [scheme for scheme in self.pair if not scheme.reads_gamma]
        return all(build(scheme, layer, sizes["parameters"]).refusal is None for scheme in unread)

    def is_realizable(self, value: int) -> bool:
        """Whether that value of the unknown leaves every depthwise multiplier whole."""
        sizes = self.sizes(value, self.any_inputs)
        return sizes is not None and all(is_whole(each.name, sizes["gamma"]) for each in self.pair)


def random_question(random: Random) -> PairQuestion:
    """Return any question about two schemes on small sizes, each given or left out."""
    scheme, against = random.sample(scheme_names(), 2)
    own = [each.name for name in (scheme, against) for each in scheme_named(name).parameters]
    unknown = random.choice(["N_o", "N_i", "gamma", "k", *own, *own])

    def perhaps(name: str, chances: float, value: Any) -> Any:
        return value if name != unknown and random.random() < chances else None

    given = {
        name: random.choice([1, 2, 3, 4, 6]) for name in own if name != unknown and random.random() < 0.7
    }
    given = {name: max(value, 2) if name == "expansion" else value for name, value in given.items()}
    return PairQuestion(
        unknown,
        scheme,
        against,
        n_i=perhaps("N_i", 0.6, random.choice([1, 2, 3, 4, 6, 8, 12])),
        n_o=perhaps("N_o", 0.6, random.choice([1, 2, 4, 6, 9, 12, 24])),
        gamma=perhaps("gamma", 0.4, Fraction(random.choice(["1", "2", "3", "4", "9", "3/2", "9/4"]))),
        kernel=perhaps("k", 0.95, random.choice(KERNELS)),
        bias=random.choice([False, False, True, "last"]),
        parameters=tuple(given.items()),
        macs_on=random.choice([None, None, (5, 8)]),
    )


random_questions = partial(drawn, random_question)


def filled(asked: PairQuestion, random: Random) -> PairQuestion:
    """Return an open question with a number for one size after the other, until it is no longer open."""
    while asked.is_open():
        if asked.kernel is None and asked.unknown != "k":
            asked = asked._replace(kernel=random.choice(KERNELS))
            continue
        missing = random.choice([name for name in ("N_i", "N_o", "gamma") if name not in asked.known()])
        if missing == "gamma":
            asked = asked._replace(gamma=Fraction(random.randint(4, 60), random.choice([1, 2, 4])))
        else:
            field = {"N_i": "n_i", "N_o": "n_o"}[missing]
            asked = asked._replace(**{field: random.choice([1, 2, 3, 4, 5, 6, 8, 12, 20, 64])})
    return asked
