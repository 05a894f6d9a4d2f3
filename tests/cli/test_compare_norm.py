"""sepcost compare --norm: a batch norm after each stage counts as weights."""

from fractions import Fraction

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from tests.cli.program import sepcost

LAYER = ("compare", "--ni", "64", "--no", "128")


@pytest.mark.parametrize("norm", [2, 4])
@pytest.mark.parametrize("bias", [False, True])
def test_each_stage_has_so_many_more_for_each_channel_that_it_writes(norm, bias):
    options = [*LAYER, "--norm", str(norm), *(["--bias"] if bias else []), "-f", "json"]
    document = sepcost(*options).json
    assert document["convention"]["norm"] == norm
    each = norm + bias
    of = {row["scheme"]: row for row in document["schemes"]}
    assert of["standard"]["weights"] == 128 * 64 * 9 + each * 128
    assert of["separable"]["weights"] == 64 * 9 + each * 64 + 128 * 64 + each * 128
    assert [stage["weights"] for stage in of["separable"]["stages"]] == [64 * (9 + each), 128 * (64 + each)]
    assert of["separable"]["macs_per_position"] == 64 * (128 + 9)


def test_savings_in_weights_and_in_macs_are_then_apart():
    text = sepcost(*LAYER, "--norm", "2").text
    assert "saving in weights  saving in MACs" in text
    assert text.endswith(
        "bias not counted, a batch norm's 2 a channel after each stage counted as weights, batch 1\n"
    )
    row = compare(Layer(64, 128), norm=2).scheme("separable")
    assert row.saving.weights == Fraction(128 * (64 * 9 + 2), 64 * (9 + 2) + 128 * (64 + 2))
    assert row.saving.macs == compare(Layer(64, 128)).scheme("separable").saving.macs


def test_a_saving_is_then_held_in_weights_too():
    done = sepcost(*LAYER, "--norm", "4", "--scheme", "separable", "--min-saving", "8.2")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "saving in weights" in done.err


def test_without_it_nothing_is_counted_and_said():
    assert "norm" not in sepcost(*LAYER, "-f", "json").json["convention"]
    assert "batch norm" not in sepcost(*LAYER).text
    assert sepcost(*LAYER, "--norm", "0") == sepcost(*LAYER)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--norm", "3"], "--norm: '3' is not 0, 2 or 4"),
        (["--norm", "batch"], "--norm: 'batch' is not 0, 2 or 4"),
        (["--norm", "2", "-s", "56", "--bytes", "2"], "--norm: cannot be used with options about a run"),
        (
            ["--norm", "2", "-s", "56", "--scheme", "separable", "--max-storage", "1M"],
            "--norm: cannot be used with",
        ),
    ],
)
def test_what_it_cannot_be_is_refused(options, problem):
    done = sepcost(*LAYER, *options)
    assert (done.code, done.text) == (2, "")
    assert done.err.startswith(f"sepcost compare: {problem}")


def test_python_refuses_another_number():
    with pytest.raises(FieldError, match="norm: '3' is not 0, 2 or 4"):
        compare(Layer(64, 64), norm=3)
