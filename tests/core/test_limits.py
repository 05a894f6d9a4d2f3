"""A value against a limit, from above and from below; a budget of several limits."""

from fractions import Fraction

import pytest

from sepcost.core.errors import FieldError, as_given
from sepcost.core.limits import Budget, LimitCheck, Totals


@pytest.mark.parametrize(
    ("value", "at_least", "passed", "excess"),
    [
        (599, False, True, 0),
        (600, False, True, 0),
        (601, False, False, 1),
        (Fraction(1201, 2), False, False, Fraction(1, 2)),
        (601, True, True, 0),
        (600, True, True, 0),
        (599, True, False, 1),
        (Fraction(1199, 2), True, False, Fraction(1, 2)),
    ],
)
def test_a_limit_itself_is_allowed_and_what_is_missed_is_exact(value, at_least, passed, excess):
    check = LimitCheck("macs", 600, value, at_least)
    assert (check.passed, check.excess) == (passed, excess)


def test_a_limit_is_one_from_above_unless_said():
    assert LimitCheck("macs", 600, 599).passed
    assert not LimitCheck("macs", 600, 601).passed


LIMITS = {"weights": 1, "macs": 1, "memory": 1, "storage": 1, "time": Fraction(1, 9)}


@pytest.mark.parametrize("metric", LIMITS)
def test_a_budget_may_limit_any_one_metric_and_only_that_is_exceeded(metric):
    budget = Budget(**{metric: LIMITS[metric]})
    assert budget.metrics == (metric,)
    kept, missed = Totals(**LIMITS), Totals(**{name: 2 * limit for name, limit in LIMITS.items()})
    assert budget.exceeded_by(kept) == ()
    assert budget.exceeded_by(missed) == (metric,)
    assert not budget.shared
    assert Budget(**LIMITS).exceeded_by(missed) == tuple(LIMITS)


@pytest.mark.parametrize("metric", ["weights", "macs", "memory", "storage"])
@pytest.mark.parametrize("limit", [0, -1, True, 1.5, Fraction(3, 2)], ids=repr)
def test_a_limit_is_a_whole_number_of_at_least_1(metric, limit):
    with pytest.raises(FieldError) as caught:
        Budget(**{metric: limit})
    assert str(caught.value) == f"max_{metric}: {as_given(limit)} is not a whole number of at least 1"


@pytest.mark.parametrize(
    ("metric", "limit", "mend"),
    [
        ("macs", "9", "'9' is a text: write 9"),
        ("macs", "50M", "'50M' is a text: write 50000000"),
        (
            "macs",
            "50Ki",
            "'50Ki' is a text: write a whole number of at least 1",
        ),  # no unit of what is counted
        ("memory", "50Ki", "'50Ki' is a text: write 51200"),
        ("time", "5ms", "'5ms' is a text: write Fraction(1, 200)"),
        ("time", "soon", "'soon' is a text: write seconds as a Fraction"),
        ("weights", 5e7, "50000000.0 is not a whole number of at least 1: write 50000000"),
    ],
)
def test_a_limit_that_is_no_number_is_refused_with_the_number_to_write(metric, limit, mend):
    with pytest.raises(FieldError) as caught:
        Budget(**{metric: limit})
    assert str(caught.value) == f"max_{metric}: {mend}"


@pytest.mark.parametrize("limit", [0, Fraction(-1, 2)])
def test_a_time_is_above_0(limit):
    with pytest.raises(FieldError, match="max_time: "):
        Budget(time=limit)


def test_a_budget_limits_something():
    with pytest.raises(FieldError, match="max_macs: is missing: give max_weights, max_macs, "):
        Budget()
