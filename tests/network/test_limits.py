"""A limit is kept when it is met exactly, and missed by an exact number."""

from fractions import Fraction

import pytest

from sepcost.core.limits import LimitCheck


@pytest.mark.parametrize(
    ("check", "passed", "excess"),
    [
        (LimitCheck("macs", 600, 599), True, 0),
        (LimitCheck("macs", 600, 600), True, 0),
        (LimitCheck("macs", 10**18, 10**18 + 1), False, 1),
        (LimitCheck("saving", Fraction(8), Fraction(576, 73), at_least=True), False, Fraction(8, 73)),
        (LimitCheck("saving", Fraction(576, 73), Fraction(576, 73), at_least=True), True, 0),
    ],
)
def test_a_limit(check, passed, excess):
    assert (check.passed, check.excess) == (passed, excess)
