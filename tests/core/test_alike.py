"""Schemes that give the same stages: the same ones on a layer and on the sizes of a question."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core.alike import shapes, together
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.schemes import scheme_names


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(({}, {"groups": 1}, {"expansion": 1}, {"mid": 4})),
)
def test_schemes_are_alike_by_sizes_as_on_the_layer_of_these_sizes(n_i, n_o, kernel, parameters):
    every = scheme_names() if parameters else ("standard", "separable", "generalized", "distributed")
    rows = [
        row
        for row in compare(Layer(n_i, n_o, kernel), every, parameters=parameters).schemes
        if row.refusal is None
    ]
    sizes = Given(n_i=n_i, n_o=n_o, kernel=kernel)
    by_sizes = together(rows, lambda row: shapes(row.scheme, sizes, parameters))
    assert by_sizes == together(rows, lambda row: row.shape)


@pytest.mark.parametrize("gamma", [Fraction(4), Fraction(9, 4), Fraction(2), None])
def test_above_a_gamma_of_one_no_scheme_is_as_another(gamma):
    held = {shapes(scheme, Given(gamma=gamma)) for scheme in scheme_names()}
    assert len(held) == len(scheme_names())
