"""Break-even in time of any two schemes with parameters, compared with building and timing each layer."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import InconclusiveError, QuantityError
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, Scheme, StageForm
from sepcost.core.schemes import registered, scheme_named, scheme_names
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time, saving_curves
from tests.own import GHOST

QUESTIONS = 60
REACH = 48
NEAR = Measured((Cache(2000, 40), Cache(30_000, 9)), Fraction(20), {"depthwise": "1/5", "standard": "4/5"})
MACHINES = [Machine(10, 1), Machine(3, 7, 2), Machine(50, 1), Machine(20, 3, measured=NEAR)]
WIDE = Scheme("wide", "", "", (StageForm("a", "N_i*N_o", kernel=BOTH), StageForm("b", "N_o")))


class Asked(NamedTuple):
    """Two schemes on layers in which N_o, N_i or, tied to each other, both are the unknown."""

    scheme: str
    against: str
    unknown: str
    held: int | None
    layer: dict[str, Any]
    parameters: dict[str, int]
    how: Execution

    def answer(self):
        held = {} if self.held is None else {"n_i" if self.unknown == "N_o" else "n_o": self.held}
        given = {**held, **({"gamma": 1} if self.held is None else {})}
        return breakeven_time(
            self.how, self.unknown, schemes=[self.scheme], against=self.against,
            parameters=self.parameters, **given, **self.layer,
        )  # fmt: skip

    def saving(self, metric, value):
        """The baseline's time ÷ the scheme's; None where either cannot be built."""
        n_i, n_o = {"N_o": (self.held or value, value), "N_i": (value, self.held or value)}[self.unknown]
        layer = Layer(n_i, n_o, **self.layer)
        (row,) = compare(
            layer, [self.scheme], self.against, parameters=self.parameters, execution=self.how
        ).schemes
        if row.saving is None:
            return None
        return row.saving.time if metric == "time" else row.saving.time_estimate


def random_asked(random):
    scheme, against = random.sample([name for name in scheme_names() if name != "generalized"], 2)
    owned = [each for name in (scheme, against) for each in scheme_named(name).parameters]
    return Asked(
        scheme,
        against,
        random.choice(["N_o", "N_i"]),
        random.choice([None, 4, 6, 12]),
        {"kernel": random.choice([1, 3, (1, 5)]), "size": random.choice([6, (9, 5)]),
         "stride": random.choice([1, 2])},
        {each.name: max(random.choice([1, 2, 3, 6]), each.least) for each in owned if random.random() < 0.7},
        Execution(random.choice(MACHINES), fused=random.random() < 0.3),
    )  # fmt: skip


def test_first_and_last_are_those_of_layers_that_are_built_and_timed():
    random = Random("times")
    for _ in range(QUESTIONS):
        asked = random_asked(random)
        row = asked.answer().rows[-1]
        is_tied_and_held = row.reason is not None and "is held" in row.reason
        if is_tied_and_held:
            continue
        savings = {value: asked.saving(row.metrics[0], value) for value in range(1, REACH)}
        assert row.reason is None or not any(savings.values()), (asked, row)
        for least, first, last in (
            (1, row.first, row.last),
            (1 + Fraction(1, 10**12), row.strictly_first, row.strictly_last),
        ):
            found = [value for value, saving in savings.items() if saving is not None and saving >= least]
            inside = [value for value in found if first is not None and first <= value]
            assert found == inside, (asked, row)
            assert first is None or first >= REACH or first == found[0], (asked, row)
            assert last is None or last >= REACH or last == found[-1], (asked, row)


def test_a_parameter_that_is_given_moves_the_answer():
    """blueprint against grouped, 3x3 and N_o = 12, where only arithmetic takes time.

    12 N_i + 9 · 12 <= 12 N_i · 9/g, so that N_i >= 9g/(9 - g): 36/5 in 4 groups and 18/7 in 2; 8 is the
    first that 4 divides.
    """
    how, asked = Execution(Machine(1, 10**9)), {"n_o": 12, "size": 7, "schemes": ["blueprint"]}
    for groups, lower, first in ((4, Fraction(36, 5), 8), (2, Fraction(18, 7), 4)):
        row = breakeven_time(how, "N_i", against="grouped", parameters={"groups": groups}, **asked).rows[0]
        assert (Fraction(str(row.intervals[0].lower)), row.first) == (lower, first)


def test_a_balance_is_that_of_the_parameter_that_is_given():
    layer, how = Layer(32, 32, size=14), Execution(bytes=1)
    rows = [
        breakeven_balance(layer, how, schemes=["inverted"], parameters=given).rows[0]
        for given in ({"expansion": 2}, {"expansion": 6})
    ]
    # MACs at each position: t · 32 · (32 + 9 + 32), 4,672 at t = 2, 14,016 at 6; 32 · 32 · 9 = 9,216.
    assert [row.verdict for row in rows] == ["up_to", "never"]
    curves = saving_curves(layer, how, schemes=["inverted"], parameters={"expansion": 2})
    assert curves[0].at(Fraction(1, 10**9)) == Fraction(9216, 4672)
    with pytest.raises(QuantityError):
        breakeven_balance(layer, how, parameters={"expanse": 2})


def test_channels_that_no_layer_has_are_passed_over():
    """N_i in groups of its own writes N_o = 12: N_i is one of 1, 2, 3, 4, 6, 12."""
    how = Execution(Machine(1, 10**9))
    row = breakeven_time(how, "N_i", n_o=12, size=7, schemes=["depthwise"]).rows[0]
    assert (row.verdict, row.first, row.last, row.strictly_first) == ("always", 1, 12, 2)
    square = breakeven_time(how, gamma=1, size=7, schemes=["depthwise"]).rows[0]
    assert (square.verdict, square.first, square.last) == ("always", 1, None)
    many = breakeven_time(how, n_i=300, size=7, schemes=["grouped"], parameters={"groups": 100}).rows[0]
    assert (many.verdict, many.first) == ("always", 100)


def test_a_time_of_degree_three_is_told_and_no_crash():
    how = Execution(Machine(1, 1))
    with registered([WIDE, GHOST]):
        with pytest.raises(InconclusiveError, match="wide: cannot be decided: its MACs or bytes are no pol"):
            breakeven_time(how, gamma=1, size=7, schemes=["wide"])
        both = breakeven_time(how, gamma=1, size=7, schemes=["wide", "ghost-like"])
    assert [row.verdict for row in both.rows] == ["undecided", "from"]
