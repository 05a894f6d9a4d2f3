"""First and last whole values inside exact bounds, against trying each."""

from math import isqrt
from random import Random

import pytest
import sympy

from sepcost.solver.admissible import Whole, first, last, last_square, whole_numbers
from sepcost.solver.interval import Interval

ONE = sympy.Integer(1)
FAR = 400
"""Beyond every bound drawn below, by more than any step."""


@pytest.mark.parametrize(
    ("lower", "upper", "above", "below", "expected"),
    [
        ("9/8", "7", False, False, Interval(2, 7)),
        ("2", "7", False, False, Interval(2, 7)),
        ("2", "7", True, False, Interval(3, 7)),
        ("2", "7", False, True, Interval(2, 6)),
        ("9/8", "20/3", True, True, Interval(2, 6)),  # bounds that are not whole are left out anyway
        ("63/2 - 27*sqrt(5)/2", "63/2 + 27*sqrt(5)/2", True, True, Interval(2, 61)),  # 1.31 and 61.69
        ("1", None, False, False, Interval(1, None)),
    ],
)
def test_the_whole_numbers_between_two_bounds(lower, upper, above, below, expected):
    ends = sympy.sympify(lower), None if upper is None else sympy.sympify(upper)
    assert whole_numbers(Interval(*ends, above, below), ONE, None) == expected


def test_a_bound_a_hair_from_a_whole_number_is_on_its_own_side():
    """√(10^18 + 1) is 5 in 10^10 above 10^9, and √(10^18 − 1) as much below."""
    above, below = sympy.sqrt(10**18 + 1), sympy.sqrt(10**18 - 1)
    assert whole_numbers(Interval(above, None), ONE, None) == Interval(10**9 + 1, None)
    assert whole_numbers(Interval(None, below), ONE, None) == Interval(1, 10**9 - 1)


def drawn(random: Random) -> tuple[list[Interval], Whole]:
    """One or two ascending ranges, the last perhaps without end, and what is admissible."""
    cuts = sorted(random.randint(1, 120) for _ in range(4))
    ranges = [Interval(cuts[0], cuts[1]), Interval(cuts[2], random.choice([cuts[3], None]))]
    kind = random.choice(["step", "divides", "least", "most", "none"])
    whole = {
        "step": Whole(step=random.randint(1, 12)),
        "divides": Whole(divides=random.randint(1, 120)),
        "least": Whole(least=random.randint(1, 60)),
        "most": Whole(most=random.randint(1, 120)),
        "none": Whole(exists=False),
    }[kind]
    return ranges[random.randint(0, 1) :], whole


def tried(ranges: list[Interval], whole: Whole) -> list[int]:
    """Every admissible value in the ranges, up to FAR."""
    return [
        value
        for value in range(whole.least, FAR)
        if whole.exists
        and value <= (whole.most or FAR)
        and value % whole.step == 0
        and (whole.divides is None or whole.divides % value == 0)
        and any(part.lower <= value <= (part.upper or FAR) for part in ranges)
    ]


def test_first_and_last_are_what_trying_every_value_finds():
    random = Random("ranges")
    for _ in range(1500):
        ranges, whole = drawn(random)
        values = tried(ranges, whole)
        endless = values != [] and values[-1] > 250
        assert first(ranges, whole) == (values[0] if values else None)
        assert last(ranges, whole) == (None if endless or not values else values[-1])


def test_the_last_square_is_what_trying_every_value_finds():
    random, found = Random("squares"), 0
    for _ in range(1500):
        ranges, whole = drawn(random)
        values = tried(ranges, whole)
        if whole.step == 1 and values and values[-1] <= 250:
            squares = [value for value in values if isqrt(value) ** 2 == value]
            assert last_square(ranges, whole) == (squares[-1] if squares else None)
            found += bool(squares)
    assert found > 100
