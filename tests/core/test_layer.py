"""Layer: its sizes are checked, its output is what a walk finds, its gamma is exact."""

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import FieldError, QuantityError, as_given
from sepcost.core.layer import Layer, output_length, read_gamma, read_padding
from tests.oracle import Convolution
from tests.strategies import GEOMETRY, LARGEST, geometries, sizes


def walked_length(length: int, kernel: int, stride: int, dilation: int, padding: str | int) -> int:
    padding = padding if isinstance(padding, str) else (padding, 0)
    return Convolution(1, 1, (kernel, 1), (length, 1), (stride, 1), (dilation, 1), padding).out[0]


@pytest.mark.parametrize("padding", ["same", "valid", 0, 1, 2, 3])
def test_an_output_is_as_long_as_a_walk_over_the_padded_input(padding):
    pad = {"same": None, "valid": 0}.get(padding, padding)
    for length, kernel, stride, dilation in product(range(1, 13), range(1, 6), range(1, 6), range(1, 4)):
        walked = walked_length(length, kernel, stride, dilation, padding)
        assert max(output_length(length, kernel, stride, dilation, pad), 0) == walked


@given(geometries())
def test_rows_and_columns_are_kept_apart(geometry):
    layer = Layer(1, 1, **geometry)
    assert layer.out == Convolution(1, 1, **geometry).out
    assert layer.positions == layer.out[0] * layer.out[1]
    assert layer.taps == geometry["kernel"][0] * geometry["kernel"][1]


@given(geometries())
def test_transposing_a_layer_transposes_its_output(geometry):
    turned = {
        name: value if isinstance(value, str) else tuple(reversed(value)) for name, value in geometry.items()
    }
    assert Layer(1, 1, **turned).out == Layer(1, 1, **geometry).out[::-1]


@pytest.mark.parametrize(
    ("sizes_of", "out"),
    [
        ({"size": 224, "stride": 2}, (112, 112)),
        ({"size": (7, 5), "stride": 2}, (4, 3)),
        ({"size": 224, "kernel": 7, "stride": 2, "padding": 3}, (112, 112)),
        ({"size": (100, 1), "kernel": (3, 1)}, (100, 1)),
        ({"size": 5, "padding": "valid"}, (5 - 3 + 1,) * 2),
        ({"size": 5, "padding": (1, 0)}, (5 + 2 * 1 - 3 + 1, 5 - 3 + 1)),
        ({"size": 9, "dilation": 4, "padding": "valid"}, (9 - 4 * 2,) * 2),
        ({"size": 1, "kernel": 11, "dilation": 5}, (1, 1)),
        ({"size": LARGEST, "kernel": LARGEST, "padding": "valid"}, (1, 1)),
    ],
    ids=["halved", "rounded up", "stem", "one-dimensional", "valid", "rows", "dilated", "same", "largest"],
)
def test_an_output_size(sizes_of, out):
    assert Layer(1, 1, **sizes_of).out == out


def test_without_a_size_there_is_no_output():
    layer = Layer(64, 64)
    assert (layer.size, layer.out, layer.maps, layer.positions) == (None, None, None, None)


def test_maps_are_rows_and_columns_of_the_input_and_of_the_output():
    assert Layer(64, 64, size=(7, 6), stride=(1, 2)).maps == (7, 6, 7, 3)


@given(sizes, sizes)
def test_gamma_is_the_ratio_of_the_channels_unless_given(n_i, n_o):
    layer = Layer(n_i, n_o)
    assert layer.gamma == Fraction(n_o, n_i)
    assert layer.is_tied


@given(p=st.integers(1, 1000), q=st.integers(1, 1000), times=st.integers(1, 10**6))
def test_gamma_and_one_channel_count_give_the_other(p, q, times):
    p, q = max(p, q), min(p, q)
    n_i, n_o, gamma = q * times, p * times, Fraction(p, q)
    assert Layer(n_i, gamma=gamma) == Layer(n_o=n_o, gamma=gamma) == Layer(n_i, n_o)
    assert Layer(n_i, gamma=gamma).is_tied


@pytest.mark.parametrize("gamma", ["9/4", "2.25", "18/8", Fraction(9, 4)], ids=str)
def test_gamma_is_exact_however_it_is_written(gamma):
    layer = Layer(64, gamma=gamma)
    assert layer.gamma == Fraction(9, 4)
    assert layer.n_o == 64 * 9 // 4 == 144


def test_a_gamma_beside_both_channel_counts_is_kept_as_a_multiplier():
    layer = Layer(64, 100, gamma=2)
    assert (layer.n_i, layer.n_o, layer.gamma) == (64, 100, 2)
    assert not layer.is_tied
    assert Layer(64, 128, gamma=2).is_tied


def test_a_ratio_of_channels_below_1_is_a_layer_of_its_own_right():
    assert Layer(64, 16).gamma == Fraction(1, 4)


REFUSED = {
    "no channels": ({}, "n_o", "is missing: give two of n_i, n_o and gamma"),
    "n_i alone": ({"n_i": 64}, "n_o", "is missing"),
    "n_o alone": ({"n_o": 64}, "n_i", "is missing"),
    "gamma alone": ({"gamma": 2}, "n_o", "is missing"),
    "zero inputs": ({"n_i": 0, "n_o": 1}, "n_i", "'0' is not a whole number from 1 to 1000000000"),
    "negative outputs": ({"n_i": 1, "n_o": -1}, "n_o", "'-1' is not"),
    "too many inputs": ({"n_i": LARGEST + 1, "n_o": 1}, "n_i", "is not a whole number from 1 to"),
    "5,001 digits": ({"n_i": 10**5000, "n_o": 1}, "n_i", "is not a whole number"),
    "float": ({"n_i": 64.0, "n_o": 1}, "n_i", "64.0 is not"),
    "truth": ({"n_i": True, "n_o": 1}, "n_i", "True is not"),
    "text": ({"n_i": "64", "n_o": 1}, "n_i", "'64' is not"),
    "n_o not whole": (
        {"n_i": 3, "gamma": "5/2"},
        "n_o",
        "would be 15/2, which is not whole, as N_o = gamma N_i",
    ),
    "n_i not whole": ({"n_o": 5, "gamma": 2}, "n_i", "would be 5/2, which is not whole, as N_o = gamma N_i"),
    "n_o too large": ({"n_i": LARGEST, "gamma": 2}, "n_o", "'2000000000' is not a whole number"),
    "gamma below 1": ({"n_i": 64, "gamma": "1/2"}, "gamma", "is below 1"),
    "gamma below 1, all given": ({"n_i": 64, "n_o": 32, "gamma": "0.5"}, "gamma", "is below 1"),
    "gamma zero": ({"n_i": 64, "gamma": 0}, "gamma", "is not above 0"),
    "gamma negative": ({"n_i": 64, "gamma": -4}, "gamma", "is not above 0"),
    "gamma float": ({"n_i": 64, "gamma": 2.25}, "gamma", "2.25 is a float: give '2.25' or Fraction(9, 4)"),
    "gamma nan": ({"n_i": 64, "gamma": "nan"}, "gamma", "is not a ratio"),
    "gamma too fine": ({"n_i": 64, "gamma": "2000000001/2000000000"}, "gamma", "at most 10^9"),
    "kernel zero": ({"kernel": 0}, "kernel", "'0' is not"),
    "kernel of three": ({"kernel": (3, 3, 3)}, "kernel", "is not one number or two"),
    "kernel None": ({"kernel": None}, "kernel", "None is not"),
    "size zero": ({"size": (56, 0)}, "size", "'0' is not"),
    "size too large": ({"size": LARGEST + 1}, "size", "is not a whole number"),
    "stride zero": ({"stride": 0}, "stride", "'0' is not"),
    "stride negative": ({"stride": (1, -2)}, "stride", "'-2' is not"),
    "dilation zero": ({"dilation": 0}, "dilation", "'0' is not"),
    "padding negative": ({"padding": -1}, "padding", "'-1' is not a whole number from 0"),
    "padding mistyped": ({"padding": "Smae"}, "padding", "did you mean same?"),
    "padding as text": ({"padding": "1"}, "padding", "is not same, valid or a number"),
    "valid, kernel too large": ({"size": 2, "padding": "valid"}, "kernel", "is larger than the padded input"),
    "one axis too short": ({"size": (9, 2), "padding": 0}, "kernel", "3x3 with dilation 1x1 is larger"),
    "dilated too far": ({"size": 8, "dilation": 4, "padding": "valid"}, "kernel", "with dilation 4x4"),
    "padded too little": ({"size": 4, "kernel": 7, "padding": 1}, "kernel", "or give padding same"),
}


@pytest.mark.parametrize(("given_fields", "field", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_layer_that_cannot_hold_is_refused_and_the_field_named(given_fields, field, problem):
    if not {"n_i", "n_o", "gamma"} & set(given_fields) and set(given_fields) & set(GEOMETRY):
        given_fields = {"n_i": 1, "n_o": 1} | given_fields
    with pytest.raises(FieldError) as caught:
        Layer(**given_fields)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")
    assert problem in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("padding", ["same", 1], ids=str)
def test_a_kernel_that_just_fits_is_taken(padding):
    assert Layer(1, 1, kernel=4, size=2, padding=padding).out == ((2, 2) if padding == "same" else (1, 1))


@pytest.mark.parametrize(
    ("text", "padding"),
    [("same", "same"), ("valid", "valid"), ("0", (0, 0)), ("1", (1, 1)), ("1x2", (1, 2)), ("0x3", (0, 3))],
)
def test_a_padding_is_read_as_typed(text, padding):
    assert read_padding(text) == padding


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٣", "Same", "x1", "1x", "1x2x3", "1000000001"], ids=repr)
def test_a_padding_that_cannot_be_is_refused(text):
    with pytest.raises(QuantityError):
        read_padding(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-1", "'-1' is not a number or ROWSxCOLUMNS"),
        ("s1", "'s1' is not same, valid or a number"),
        ("vlaid", "'vlaid' is not same, valid or a number; did you mean valid?"),
        ("1000000001", "'1000000001' is not a whole number from 0"),
    ],
)
def test_what_is_wrong_with_a_padding_is_told(text, problem):
    with pytest.raises(QuantityError) as caught:
        read_padding(text)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("bias", [False, True, "last"])
def test_biases_are_of_none_of_each_or_of_the_last_stage(bias):
    assert Layer(1, 1, bias=bias).bias is bias


@pytest.mark.parametrize("bias", [0, 1, None, "", "first", "True"], ids=repr)
def test_biases_of_anything_else_are_refused(bias):
    with pytest.raises(FieldError) as caught:
        Layer(1, 1, bias=bias)
    assert str(caught.value) == f"bias: {as_given(bias)} is not true, false or 'last'"


@pytest.mark.parametrize(
    ("text", "gamma"), [("1", 1), ("4", 4), ("9/4", Fraction(9, 4)), ("2.25", Fraction(9, 4))]
)
def test_a_gamma_is_read_as_typed(text, gamma):
    assert read_gamma(text) == gamma


@pytest.mark.parametrize("text", ["", "0", "-4", "nan", "8/9", "0.999", "4/0"], ids=repr)
def test_a_gamma_below_1_or_inexact_is_refused(text):
    with pytest.raises(QuantityError):
        read_gamma(text)


def test_a_layer_cannot_be_changed_but_replaced():
    layer = Layer(64, 128, kernel=3, size=56)
    with pytest.raises(FrozenInstanceError):
        layer.n_i = 0
    assert replace(layer, stride=2) == Layer(64, 128, kernel=3, size=56, stride=2)
    assert len({layer, Layer(64, 128, kernel=(3, 3), size=(56, 56))}) == 1
    with pytest.raises(FieldError, match="kernel"):
        replace(layer, kernel=0)


@pytest.mark.parametrize(
    ("geometry", "kept"),
    [
        ({}, True),
        ({"kernel": 4, "dilation": 3}, True),
        ({"stride": (1, 2)}, False),
        ({"stride": (2, 1)}, False),
        ({"padding": "valid"}, False),
        ({"padding": 1}, False),  # as long as its input for a kernel of 3, and not for others
    ],
)
def test_an_output_is_as_long_as_its_input_with_same_padding_and_no_stride(geometry, kept):
    assert Layer(8, 8, **geometry).keeps_size == kept
