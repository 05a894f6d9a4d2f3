"""The mutants: what is changed of a module, and what the tables about them name."""

import pytest

from tests.mutants import ROOT, TESTS, concerned, equivalent, mutants, sampled, source_of

MODULE = '''\
"""A module, 1 < 2."""
def f(x: int = 3, *, strict: bool = True) -> bool:
    if x <= 1 or not x:
        raise ValueError(f"{x + 1} is too small")
    γ = [min(n, -x) for n in range(x) if g(n)]
    return dict(zip(γ, γ, strict=True))[x] and strict
'''

CHANGED = [
    ("def f(x: int = 3, *, strict: bool = True) -> bool:", [
        "def f(x: int = 4, *, strict: bool = True) -> bool:",
        "def f(x: int = 2, *, strict: bool = True) -> bool:",
        "def f(x: int = 3, *, strict: bool = False) -> bool:",
    ]),
    ("if x <= 1 or not x:", [
        "if (x <= 1 and (not x)):",
        "if (x < 1) or not x:",
        "if x <= 2 or not x:",
        "if x <= 0 or not x:",
        "if x <= 1 or x:",
    ]),
    ("γ = [min(n, -x) for n in range(x) if g(n)]", [
        "γ = [max(n, -x) for n in range(x) if g(n)]",
        "γ = [min(n, x) for n in range(x) if g(n)]",
        "γ = [min(n, -x) for n in range(x) if (not g(n))]",
    ]),
    ("return dict(zip(γ, γ, strict=True))[x] and strict", [
        "return (dict(zip(γ, γ, strict=True))[x] or strict)",
    ]),
]  # fmt: skip


def test_comparisons_operators_numbers_and_conditions_are_changed_one_at_a_time():
    """No docstring, type or message, and not how strict a zip is."""
    found = mutants("m", MODULE.encode())
    assert [(each.before, each.after) for each in found] == [
        (before, after) for before, changes in CHANGED for after in changes
    ]
    assert [each.line for each in found] == [2] * 3 + [3] * 5 + [5] * 3 + [6]
    for each in found:
        compile(each.source, "m", "exec")


def test_a_sample_is_spread_and_the_same_for_the_same_seed():
    found = mutants("m", MODULE.encode())
    some = sampled(found, 4, seed=1)
    assert some == sampled(found, 4, seed=1)
    assert [found.index(each) // 3 for each in some] == [0, 1, 2, 3]  # 12 in 4 parts
    assert sampled(found, len(found), seed=2) == found


@pytest.mark.parametrize("module", TESTS)
def test_every_module_has_tests_that_are_there(module):
    for place in concerned(module):
        assert (ROOT / place).exists()


def test_every_mutant_that_is_said_to_be_equivalent_is_one_of_its_module():
    named = equivalent()
    for module in {module for module, _, _ in named}:
        found = {(each.module, each.before, each.after) for each in mutants(module, source_of(module))}
        assert {row for row in named if row[0] == module} <= found
