"""What has to be whole, said while sizes are symbols, is what keeps a layer from being built."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, sqrt, symbols, sympify

from sepcost.core.build import build, sizes_of
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.schemes import registered, scheme_named, scheme_names
from sepcost.solver.constraints import Constraint, constraint_words
from sepcost.solver.expressions import expressions
from sepcost.solver.symbolic import GAMMA
from tests.effort import tries
from tests.own import OWN


@cache
def open_constraints():
    with registered(OWN):
        return {row.scheme: row.constraints for row in expressions(Given(), scheme_names()).schemes}


def at(expression, values):
    """An expression with each symbol's value, by its name."""
    known = {symbol: sympify(values[symbol.name]) for symbol in expression.free_symbols}
    return expression.subs(known)


@settings(max_examples=tries(30))
@given(
    n_i=st.integers(1, 24),
    n_o=st.integers(1, 48),
    numbers=st.fixed_dictionaries(
        {name: st.integers(2, 9) for name in ("groups", "mid", "reduction", "expansion", "s", "lead")}
    ),
)
def test_a_layer_can_be_built_where_every_constraint_holds(n_i, n_o, numbers):
    layer, every = Layer(n_i, n_o, size=8), open_constraints()
    with registered(OWN):
        for name, found in every.items():
            scheme = scheme_named(name)
            built = build(scheme, layer, numbers)
            if built.refusal is not None and not built.refusal.applicable:
                continue
            values = scheme.values(sizes_of(layer, numbers))
            holds = not any(Constraint(at(constraint.value, values)).is_broken for constraint in found)
            assert holds == (built.refusal is None), (name, built.refusal)


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ("standard", []),
        ("separable", []),
        ("generalized", ["gamma is whole"]),
        ("distributed", ["sqrt(gamma) is whole"]),
        ("grouped", ["g divides N_i and N_o"]),
        ("depthwise", ["N_i divides N_o"]),
        ("spatial", []),
        ("bottleneck", ["r divides N_o"]),
        ("inverted", []),
        ("blueprint", []),
        ("fire", ["2 divides N_o"]),
        ("none", ["4*lead divides N_o", "2 divides N_o"]),
    ],
)
def test_the_constraints_of_each_scheme(scheme, said):
    assert constraint_words(open_constraints()[scheme]) == said


N_i, N_o, g = symbols("N_i N_o g", positive=True)


def test_what_is_whole_as_a_part_of_it_is_needs_no_word():
    """gamma N_i/g is whole, and so is g times that."""
    said = constraint_words(map(Constraint, (GAMMA * N_i, GAMMA * N_i / g)))
    assert said == ["g divides gamma*N_i"]


@pytest.mark.parametrize(
    ("value", "is_broken", "is_open"),
    [
        (Integer(1), False, False),
        (Integer(0), True, False),
        (Integer(-2), True, False),
        (Rational(5, 2), True, False),
        (sqrt(2), True, False),
        (2 * N_o * N_i + 3, False, False),
        (2 * N_o / 3, False, True),
        (sqrt(N_o), False, True),
        (N_o - 3, False, True),
        (N_i * GAMMA, False, True),  # gamma is any ratio
    ],
    ids=str,
)
def test_a_number_keeps_a_constraint_or_not_and_symbols_may_leave_it_open(value, is_broken, is_open):
    found = Constraint(value)
    assert (found.is_broken, found.is_open) == (is_broken, is_open)
