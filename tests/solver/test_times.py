"""Break-even in time by estimates, and where both channel counts grow, compared with every whole number."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import find_machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time
from tests.effort import tries
from tests.solver.test_time_breakeven import Case, random_case

QUESTIONS = tries(200)
WHOLE = (*range(1, 13), 17, 24, 40, 64, 100, 250, 1000, 10**4, 10**6)
EPSILON = Fraction(1, 10**9)


class Asked(NamedTuple):
    """A question about time in one unknown, on a machine that was measured."""

    case: Case
    machine: Machine
    unknown: str
    gamma: int
    tied: bool

    def channels(self, x):
        """N_i and N_o where the unknown has a value."""
        if self.tied:
            return (x / Fraction(self.gamma), x) if self.unknown == "N_o" else (x, x * self.gamma)
        return (self.case.n_i, x) if self.unknown == "N_o" else (x, self.case.n_o)

    def passes(self, scheme, x):
        """MACs by kind and bytes of each pass."""
        n_i, n_o = self.channels(x)
        at = self.case._replace(n_i=n_i, n_o=n_o)
        multiplier = {"standard": 0, "separable": 1, "generalized": self.gamma}[scheme]
        taps = at.kernel[0] * at.kernel[1]
        full = "pointwise" if taps == 1 else "standard"
        if multiplier == 0:
            return [([(full, macs)], moved) for macs, moved in at.passes(0)]
        two = at._replace(fused=False).passes(multiplier)
        kinds = [("depthwise", two[0][0]), ("pointwise", two[1][0])]
        if at.fused:
            return [(kinds, at.passes(multiplier)[0][1])]
        return [([kind], moved) for kind, (_, moved) in zip(kinds, two, strict=True)]

    def estimate(self, scheme, x):
        near = self.machine.measured
        taken = Fraction(0)
        for macs, moved in self.passes(scheme, x):
            rates = {kind: self.machine.peak * near.efficiency[kind] for kind, _ in macs}
            speed = next((c.bandwidth for c in near.caches if moved <= c.size), self.machine.bandwidth)
            computing = sum(done / rates[kind] for kind, done in macs)
            taken += near.launch + max(computing, Fraction(moved) / speed)
        return taken

    def bound(self, scheme, x):
        return sum(
            max(
                Fraction(sum(done for _, done in macs)) / self.machine.peak,
                Fraction(moved) / self.machine.bandwidth,
            )
            for macs, moved in self.passes(scheme, x)
        )

    def answered(self, scheme, against):
        how = self.case.execution(self.machine)
        held = {"n_i": self.case.n_i, "n_o": self.case.n_o}
        del held["n_o" if self.unknown == "N_o" else "n_i"]
        return breakeven_time(
            how, self.unknown, **({} if self.tied else held), size=self.case.size, kernel=self.case.kernel,
            stride=self.case.stride, gamma=self.gamma, bias=self.case.bias, schemes=[scheme], against=against,
        )  # fmt: skip


def random_machine(random):
    """A machine whose caches hold the maps of small layers and not those of large ones."""
    sizes = sorted(random.sample([10, 60, 300, 1000, 5000, 20_000, 10**5, 10**6], k=random.choice([0, 1, 2])))
    speeds = sorted((random.randint(1, 400) for _ in sizes), reverse=True)
    kinds = ("standard", "pointwise", "depthwise")
    efficiency = {kind: Fraction(random.randint(1, 20), 20) for kind in kinds}
    launch = random.choice([Fraction(0), Fraction(random.randint(1, 50))])
    near = Measured(tuple(map(Cache, sizes, speeds)), launch, efficiency)
    return Machine(random.randint(1, 400), random.randint(1, 40), measured=near)


def random_asked(random):
    case, machine, gamma = random_case(random), random_machine(random), random.choice([1, 1, 2, 4])
    return Asked(case, machine, random.choice(["N_o", "N_i"]), gamma, random.random() < 0.5)


def number(end):
    """An end of an interval as a ratio, of one that is none the nearest float."""
    return Fraction(end.p, end.q) if end.is_Rational else Fraction(float(end))


def holds(intervals, x):
    """Whether a ratio is in one of the intervals, open ends left out."""
    for part in intervals:
        low, high = (None if end is None else number(end) for end in (part.lower, part.upper))
        above = low is None or (x > low if part.open_below else x >= low)
        below = high is None or (x < high if part.open_above else x <= high)
        if above and below:
            return True
    return False


def edges(asked, scheme):
    """Where a pass just fills a cache, of those in which that is a rational number."""
    found = set()
    caches = asked.machine.measured.caches
    zero, one, two = ([moved for _, moved in asked.passes(scheme, Fraction(x))] for x in (0, 1, 2))
    for start, next_, further in zip(zero, one, two, strict=True):
        if further - next_ == next_ - start != 0:  # in a line
            found |= {Fraction(cache.size - start) / (next_ - start) for cache in caches}
    return {x for x in found if x >= 1}


def test_times_are_no_higher_where_they_are_said_to_be():
    random = Random("estimates")
    verdicts, irrational, jumps = set(), 0, 0
    for question in range(QUESTIONS):
        asked = random_asked(random)
        scheme, against = random.sample(["standard", "separable", "generalized"], 2)
        result = asked.answered(scheme, against)
        name, cost = (("time", asked.bound), ("time_estimate", asked.estimate))[question % 2]
        row = result.scheme(scheme, name)
        verdicts.add(row.verdict)
        step = asked.gamma if asked.tied and asked.unknown == "N_o" else 1
        whole = [Fraction(step * x) for x in WHOLE]
        ends = [end for part in row.intervals for end in (part.lower, part.upper) if end is not None]
        exact = {number(end) for end in ends if end.is_Rational}
        beside = {number(end) * (1 + shift) for end in ends for shift in (-EPSILON, EPSILON)}
        points = {*whole, *exact, *beside, *edges(asked, scheme), *edges(asked, against)}
        gains = {x: cost(against, x) - cost(scheme, x) for x in points if x >= 1}
        for x, gain in gains.items():
            assert holds(row.intervals, x) == (gain >= 0), (asked, scheme, against, name, x)
        for first, least in ((row.first, 0), (row.strictly_first, EPSILON**9)):
            found = [x for x in whole if gains[x] >= least]
            assert first is None or first % step == 0
            if found:
                assert first <= found[0]
                assert first == found[0] or first > whole[11]
        irrational += any(not end.is_Rational for end in ends)
        jumps += any(gains[x] != 0 for x in exact)
    assert {"always", "never", "from", "up_to", "several"} <= verdicts
    assert min(irrational, jumps) > 0


def test_the_balance_by_an_estimate_is_that_of_memory_alone():
    random = Random("balance")
    for _ in range(tries(60)):
        case, machine = random_case(random), random_machine(random)
        how = case.execution(machine)
        row = breakeven_balance(case.layer, how, schemes=["separable"]).scheme("separable", "time_estimate")
        ends = [end for part in row.intervals for end in (part.lower, part.upper) if end is not None]
        for balance in {Fraction(1, 50), Fraction(1), Fraction(7), *map(number, ends)}:
            memory = machine.peak / balance
            asked, taken = Asked(case, machine, "N_o", 1, False), {}
            for scheme in ("standard", "separable"):
                near, total = machine.measured, Fraction(0)
                for macs, moved in asked.passes(scheme, case.n_o):
                    speed = next((c.bandwidth for c in near.caches if moved <= c.size), memory)
                    computing = sum(done / (machine.peak * near.efficiency[kind]) for kind, done in macs)
                    total += near.launch + max(computing, moved / Fraction(speed))
                taken[scheme] = total
            assert holds(row.intervals, balance) == (taken["separable"] <= taken["standard"])


def test_from_how_many_channels_on_a_square_layer_is_no_slower():
    """N → N, 3×3, 56×56 in two bytes: compare says the same on both sides of the bound."""
    how = Execution(find_machine("h100-fp16"))
    row = breakeven_time(how, gamma=1, size=56, schemes=["separable"]).scheme("separable", "time")
    assert (row.first, row.last) == (133, None)
    for n in (132, 133):
        row = compare(Layer(n, n, size=56), execution=how).scheme("separable")
        assert (row.saving.time >= 1) == (n >= 133)


def test_a_ratio_of_channels_is_held_in_whole_channels():
    how = Execution(Machine(10**12, 10**10))
    by_outputs = breakeven_time(how, gamma="9/4", size=56).scheme("separable", "time")
    by_inputs = breakeven_time(how, "N_i", gamma="9/4", size=56).scheme("separable", "time")
    assert (by_outputs.first % 9, by_inputs.first % 4) == (0, 0)
    assert by_outputs.first == by_inputs.first * Fraction(9, 4)


@pytest.mark.parametrize(
    ("unknown", "given", "field"),
    [
        ("N_o", {"size": 8}, "n_i"),
        ("N_i", {"size": 8}, "n_o"),
        ("N_i", {"n_o": 8}, "size"),
        ("N_o", {"size": 8, "n_i": 0}, "n_i"),
        ("N_o", {"size": 8, "gamma": "1/2"}, "gamma"),
    ],
)
def test_what_is_missing_or_cannot_hold_is_refused_by_name(unknown, given, field):
    with pytest.raises(FieldError) as refused:
        breakeven_time(Execution(Machine(1, 1)), unknown, **given)
    assert refused.value.field == field
