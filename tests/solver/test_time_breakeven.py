"""When a bound is no higher: every answer compared with evaluation, at the breakpoints exactly too.

The brute force counts MACs and bytes by formulas of its own, which a walk of small layers confirms.
"""

from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.layer import Layer
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.solver.mathtext import statement
from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time, saving_curves
from tests import oracle
from tests.effort import tries
from tests.hardware.test_roofline import walked

QUESTIONS = tries(250)
"""How many random layers are asked about; raise it for a longer search."""

H100 = Machine(495 * 10**12, 3_350 * 10**9, 2)
EXAMPLE = Layer(512, 16, size=28, stride=4)


class Case(NamedTuple):
    """A layer, in the numbers that decide its bounds. multiplier: 0 stands for the standard convolution."""

    n_i: int
    n_o: int
    kernel: tuple[int, int]
    size: tuple[int, int]
    stride: tuple[int, int]
    bias: bool
    element_size: int
    batch: int
    fused: bool

    def execution(self, machine: Machine | None = None) -> Execution:
        return Execution(machine, self.element_size, self.fused, self.batch)

    @property
    def layer(self) -> Layer:
        return Layer(self.n_i, self.n_o, self.kernel, self.size, self.stride, bias=self.bias)

    def passes(self, multiplier: int) -> list[tuple[int, int]]:
        """MACs and bytes of each pass."""
        taps = self.kernel[0] * self.kernel[1]
        read = self.size[0] * self.size[1]
        written = -(-self.size[0] // self.stride[0]) * -(-self.size[1] // self.stride[1])
        maps = [self.n_i * read * self.batch, self.n_o * written * self.batch]
        if multiplier == 0:
            held = self.n_o * (self.n_i * taps + self.bias)
            return [
                (self.n_o * self.n_i * taps * written * self.batch, self.element_size * (sum(maps) + held))
            ]
        inner = multiplier * self.n_i
        between = inner * written * self.batch
        done = [inner * taps * written * self.batch, self.n_o * inner * written * self.batch]
        held = [inner * (taps + self.bias), self.n_o * (inner + self.bias)]
        if self.fused:
            return [(sum(done), self.element_size * (sum(maps) + sum(held)))]
        moved = [maps[0] + held[0] + between, between + held[1] + maps[1]]
        return [(macs, self.element_size * numbers) for macs, numbers in zip(done, moved, strict=True)]

    def cost(self, multiplier: int, balance: Fraction) -> Fraction:
        """The bound × the machine's peak."""
        return sum(max(Fraction(macs), moved * balance) for macs, moved in self.passes(multiplier))

    def turns(self, multiplier: int) -> list[Fraction]:
        return [Fraction(macs, moved) for macs, moved in self.passes(multiplier)]


def random_case(random: Random) -> Case:
    return Case(
        n_i=random.choice([1, 2, 3, 8, 16, 64, 512]),
        n_o=random.choice([1, 2, 3, 4, 16, 64, 200]),
        kernel=random.choice([(1, 1), (1, 2), (3, 3), (3, 3), (3, 3), (5, 5), (7, 3)]),
        size=random.choice([(1, 1), (2, 3), (7, 7), (14, 14), (28, 20), (56, 56)]),
        stride=random.choice([(1, 1), (1, 1), (2, 2), (4, 4), (1, 3)]),
        bias=random.random() < 0.3,
        element_size=random.choice([1, 2, 4]),
        batch=random.choice([1, 1, 1, 8]),
        fused=random.random() < 0.3,
    )


def random_strided_case(random: Random) -> Case:
    """A wide layer that a stride narrows: the kind on which a separable one pays at either end alone."""
    return random_case(random)._replace(
        n_i=random.choice([64, 256, 512]),
        n_o=random.choice([8, 16, 64, 200]),
        kernel=random.choice([(1, 2), (3, 3)]),
        stride=(4, 4),
        fused=False,
    )


def side(random: Random, case: Case) -> tuple[str, int]:
    """A scheme that can be built, and its multiplier."""
    gamma = Fraction(case.n_o, case.n_i)
    multipliers = {"standard": 0, "separable": 1}
    if gamma.denominator == 1:
        multipliers["generalized"] = int(gamma)
    return random.choice(list(multipliers.items()))


def within(intervals, value: Fraction) -> bool:
    return any(
        (part.lower is None or value >= Fraction(part.lower.p, part.lower.q))
        and (part.upper is None or value <= Fraction(part.upper.p, part.upper.q))
        for part in intervals
    )


def ends(intervals) -> list[Fraction]:
    bounds = [end for part in intervals for end in (part.lower, part.upper) if end is not None]
    return [Fraction(end.p, end.q) for end in bounds]


def around(points: list[Fraction]) -> list[Fraction]:
    """Positive points: those given, just beside each, between them, below and beyond them all."""
    ordered = sorted({point for point in points if point > 0})
    near = [point * (1 + Fraction(step, 10**9)) for point in ordered for step in (-1, 1)]
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return [*ordered, *near, *between, ordered[0] / 10**6, ordered[-1] * 10**6]


@pytest.mark.parametrize("seed", range(20))
def test_the_formulas_of_the_brute_force_count_what_a_walk_counts(seed):
    random = Random(seed)
    case = random_case(random)._replace(n_i=random.randint(1, 2), n_o=random.randint(1, 3), size=(3, 2))
    convolution = oracle.Convolution(case.n_i, case.n_o, case.kernel, case.size, case.stride, padding="same")
    for multiplier in (0, 1, 2):
        stages = oracle.factorized(convolution, multiplier) if multiplier else oracle.standard(convolution)
        moved = [walked(stage, case.batch, case.bias) for stage in stages]
        macs = [case.batch * oracle.count(stage).macs for stage in stages]
        if case.fused and multiplier:
            held = sum(traffic.weights for traffic in moved)
            expected = [(sum(macs), case.element_size * (moved[0].inputs + held + moved[-1].outputs))]
        else:
            expected = [
                (done, case.element_size * sum(traffic)) for done, traffic in zip(macs, moved, strict=True)
            ]
        assert case.passes(multiplier) == expected


def test_balances_are_those_at_which_the_bound_is_no_higher():
    """Near every bound and every turn of a stage, exactly at them, between and far beyond them."""
    random = Random("balances")
    verdicts, equal = set(), 0
    for question in range(QUESTIONS):
        case = random_case(random) if question % 2 else random_strided_case(random)
        (scheme, mine), (against, theirs) = side(random, case), side(random, case)
        found = breakeven_balance(
            case.layer,
            case.execution(),
            schemes=[scheme],
            against=against,
        )
        row = found.scheme(scheme, "time")
        verdicts.add(row.verdict)
        assert (row.first, row.last, row.strictly_first, row.strictly_last) == (None,) * 4
        for balance in around([*case.turns(mine), *case.turns(theirs), *ends(row.intervals)]):
            pays = case.cost(mine, balance) <= case.cost(theirs, balance)
            assert within(row.intervals, balance) == pays, (case, scheme, against, balance)
        for end in ends(row.intervals):
            assert case.cost(mine, end) == case.cost(theirs, end)
            equal += 1
    assert verdicts == {"always", "never", "from", "up_to", "between", "several"}
    assert equal > QUESTIONS / 10


def test_more_than_one_interval_of_balance():
    row = breakeven_balance(EXAMPLE, Execution(bytes=1)).scheme("separable", "time")
    assert statement(row.condition) == "balance <= 3136/421 or balance >= 25088/2801"
    assert (row.verdict, row.metrics, row.independent) == ("several", ("time",), False)


def test_equal_macs_at_no_balance_of_a_machine_are_never():
    """1×2 kernel and 2 outputs take as many MACs either way, and one more map: equal at balance 0 alone."""
    row = breakeven_balance(Layer(4, 2, kernel=(1, 2), size=8)).scheme("separable", "time")
    assert row.verdict == "up_to"  # Compute-bound stages take equally long up to their least intensity.
    case = Case(4, 2, (1, 2), (8, 8), (1, 1), False, 4, 1, False)
    (end,) = ends(row.intervals)
    assert end == min(case.turns(1))
    assert case.cost(1, end) == case.cost(0, end)


def test_schemes_that_are_one_are_always_equal_and_the_balance_is_gone():
    row = breakeven_balance(Layer(8, 8, size=8), schemes=["generalized"], against="separable").rows[0]
    assert (row.verdict, row.independent) == ("always", True)


@pytest.mark.parametrize(
    ("layer", "scheme", "against", "reason"),
    [
        (Layer(64, 16, size=8), "generalized", "standard", "gamma = N_o/N_i = 1/4 is below 1"),
        (
            Layer(64, 128, size=8),
            "distributed",
            "standard",
            "its multiplier sqrt(2) is not whole",
        ),
        (
            Layer(64, 144, size=8),
            "separable",
            "generalized",
            "generalized: its multiplier 9/4 is not whole",
        ),
    ],
)
def test_a_layer_that_cannot_be_built_is_not_applicable(layer, scheme, against, reason):
    row = breakeven_balance(layer, schemes=[scheme], against=against).rows[0]
    assert (row.verdict, row.reason, row.condition) == ("not_applicable", reason, None)


def test_a_balance_needs_a_size_and_known_names():
    with pytest.raises(FieldError, match="size: is missing"):
        breakeven_balance(Layer(64, 64))
    with pytest.raises(QuantityError, match="did you mean separable"):
        breakeven_balance(EXAMPLE, schemes=["seperable"])


def test_curves_of_the_saving_are_what_compare_says_on_a_machine():
    random = Random("curves")
    for _ in range(tries(60)):
        case = random_case(random)
        machine = Machine(random.randint(1, 10**6), random.randint(1, 10**6), case.element_size)
        result = compare(case.layer, execution=case.execution(machine))
        for curve in saving_curves(case.layer, case.execution()):
            assert curve.at(machine.balance) == result.scheme(curve.scheme).saving.time
            assert set(curve.breakpoints) >= set(case.turns(0))


class Asked(NamedTuple):
    """A question about N_o: a case whose own N_o is filled in, a machine, and the multiplier that is held."""

    case: Case
    machine: Machine
    gamma: int

    def cost(self, scheme: str, n_o: int | Fraction) -> Fraction:
        multiplier = {"standard": 0, "separable": 1, "generalized": self.gamma}[scheme]
        return self.case._replace(n_o=n_o).cost(multiplier, self.machine.balance)


def random_asked(random: Random) -> Asked:
    machine = Machine(random.randint(1, 400), random.randint(1, 40))
    return Asked(random_case(random), machine, random.choice([1, 2, 3, 8]))


def answered(asked: Asked, scheme: str, against: str):
    case = asked.case
    return breakeven_time(
        case.execution(asked.machine),
        n_i=case.n_i,
        size=case.size,
        kernel=case.kernel,
        stride=case.stride,
        gamma=asked.gamma,
        bias=case.bias,
        schemes=[scheme],
        against=against,
    ).scheme(scheme, "time")


REACH = 60
BEYOND = [REACH * 2**doublings for doublings in range(1, 30)]


def test_output_channels_are_those_at_which_the_bound_is_no_higher():
    """Every whole number up to 60 and some far beyond, and the exact bounds, where both take equally long."""
    random = Random("outputs")
    verdicts = set()
    for _ in range(QUESTIONS):
        asked = random_asked(random)
        scheme, against = random.sample(["standard", "separable", "generalized"], 2)
        row = answered(asked, scheme, against)
        verdicts.add(row.verdict)
        holding, cheaper = [], []
        for n_o in (*range(1, REACH + 1), *BEYOND):
            mine, theirs = asked.cost(scheme, n_o), asked.cost(against, n_o)
            assert within(row.intervals, Fraction(n_o)) == (mine <= theirs), (asked, scheme, against, n_o)
            holding += [n_o] if mine <= theirs else []
            cheaper += [n_o] if mine < theirs else []
        for end in ends(row.intervals):
            assert asked.cost(scheme, end) == asked.cost(against, end)
        assert_ends(row.first, row.last, holding)
        assert_ends(row.strictly_first, row.strictly_last, cheaper)
    assert verdicts >= {"always", "never", "from", "up_to"}


def assert_ends(first: int | None, last: int | None, holding: list[int]) -> None:
    """Compare with the whole numbers found to hold, all of them up to 60 and few beyond."""
    if not holding:
        assert first is None or first > REACH
        return
    assert first == holding[0] or REACH < first < holding[0]
    if holding[-1] == BEYOND[-1]:
        assert last is None
    else:
        assert last == holding[-1] or last > REACH


def test_from_how_many_outputs_on_a_separable_layer_is_no_slower():
    """Held against compare on both sides of the exact bound."""
    row = breakeven_time(Execution(H100), n_i=64, size=56, schemes=["separable"]).rows[0]
    assert (row.verdict, row.first, row.last) == ("from", 207, None)
    for n_o in (206, 207):
        row = compare(Layer(64, n_o, size=56), execution=Execution(H100)).scheme("separable")
        assert (row.saving.time >= 1) == (n_o >= 207)


def test_equality_at_a_whole_number_shows_where_it_is_strictly_faster():
    """Where nothing but arithmetic binds, a 1×2 kernel is equal at 2 outputs and faster from 3 on."""
    fast_memory = Machine(1, 10**9)
    row = breakeven_time(Execution(fast_memory), n_i=4, size=8, kernel=(1, 2)).scheme("separable", "time")
    assert (statement(row.condition), row.first, row.strictly_first) == ("N_o >= 2", 2, 3)


def test_a_multiplier_is_held_or_the_scheme_is_not_applicable():
    free = breakeven_time(Execution(H100), n_i=64, size=56)
    assert free.scheme("generalized", "time").reason == "gamma is held while N_o grows: give gamma"
    broken = breakeven_time(Execution(H100), n_i=64, size=56, gamma="9/4")
    reason = "its multiplier 9/4 is not whole"
    assert broken.scheme("generalized", "time").reason == reason
    tied = breakeven_time(Execution(H100), n_i=64, size=56, gamma=4).scheme("distributed", "time")
    assert (tied.verdict, tied.reason) == ("not_applicable", "its N_o is gamma N_i, and N_i is held")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"n_i": None}, "n_i"),
        ({"size": None}, "size"),
        ({"gamma": "1/2"}, "gamma"),
        ({"kernel": 0}, "kernel"),
        ({"kernel": 9, "padding": "valid"}, "kernel"),
    ],
)
def test_sizes_that_cannot_hold_are_refused_by_name(given, field):
    with pytest.raises(FieldError) as caught:
        breakeven_time(Execution(H100), **{"n_i": 64, "size": 8, **given})
    assert caught.value.field == field
