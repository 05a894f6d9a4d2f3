"""A limit is kept when it is met exactly, and missed by an exact number."""

from fractions import Fraction

import pytest

from sepcost.limits import Verdict


@pytest.mark.parametrize(
    ("verdict", "passed", "excess"),
    [
        (Verdict("macs", 600, 599), True, 0),
        (Verdict("macs", 600, 600), True, 0),
        (Verdict("macs", 10**18, 10**18 + 1), False, 1),
        (Verdict("saving", Fraction(8), Fraction(576, 73), at_least=True), False, Fraction(8, 73)),
        (Verdict("saving", Fraction(576, 73), Fraction(576, 73), at_least=True), True, 0),
    ],
)
def test_a_verdict(verdict, passed, excess):
    assert (verdict.passed, verdict.excess) == (passed, excess)
