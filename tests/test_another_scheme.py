"""A scheme of another shape goes through every command, format and picture as the built-in ones do.

Pointwise first, to half of the channels that it writes, then depthwise with a multiplier of two.
"""

import json
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core.build import build
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, Parameter, Scheme, StageForm
from sepcost.core.scheme_file import read_schemes
from sepcost.core.schemes import catalogue, registered, scheme_named, scheme_names
from sepcost.sweep.columns import batches
from sepcost.sweep.grid import Grid
from tests.cli.program import ROOT, sepcost
from tests.effort import tries
from tests.own import as_toml

DOUBLED = Scheme(
    "doubled",
    "pointwise, then depthwise with multiplier d",
    "this test",
    (StageForm("pointwise", "N_o/d"), StageForm("depthwise", "N_o", "N_o/d", BOTH)),
    (Parameter("d", "d", "2"),),
)
ROOTS = (
    Scheme(
        "summed-roots",
        "roots that add up at a few layers only",
        "this test",
        (StageForm("in", "sqrt(N_i) + sqrt(N_o)"), StageForm("out", "N_o", kernel=BOTH)),
    ),
    Scheme(
        "parted-roots",
        "the same in two stages, of which the costs are added",
        "this test",
        (StageForm("in", "sqrt(s)"), StageForm("mid", "sqrt(N_o)"), StageForm("out", "N_o", kernel=BOTH)),
        (Parameter("s", "s", "N_i"),),
    ),
    Scheme(
        "nested-roots",
        "a root of a root",
        "this test",
        (StageForm("in", "sqrt(N_i + sqrt(N_o))"), StageForm("out", "N_o", kernel=BOTH)),
    ),
    Scheme(
        "root-of-product",
        "a root of a large number, beside that of a parameter",
        "this test",
        (StageForm("in", "sqrt(N_i*N_o) + sqrt(s)"), StageForm("out", "N_o", kernel=BOTH)),
        (Parameter("s", "s", "N_o"),),
    ),
)
UNLIKELY = (
    *ROOTS,
    Scheme(
        "mean",
        "roots that may be irrational although their product and their quotient are whole",
        "this test",
        (
            StageForm("in", "sqrt(N_i)*sqrt(N_o)"),
            StageForm("mid", "N_i*(sqrt(N_o)/sqrt(N_i))"),
            StageForm("out", "N_o", kernel=BOTH),
        ),
    ),
    Scheme(
        "means",
        "the same with another factor between the roots, and one root as a power",
        "this test",
        (
            StageForm("in", "sqrt(N_i)*2*sqrt(N_o)"),
            StageForm("mid", "sqrt(s)*(2*N_o/(sqrt(N_i)*s))*sqrt(N_o)"),
            StageForm("next", "(2*sqrt(s))**2 + sqrt(gamma)*N_i*sqrt(gamma)"),
            StageForm("out", "N_o", kernel=BOTH),
        ),
        (Parameter("s", "s", "N_i"),),
    ),
    Scheme(
        "shared",
        "a parameter that need not be whole although the channels made of it are",
        "this test",
        (StageForm("in", "q*N_i"), StageForm("out", "N_o", kernel=BOTH)),
        (Parameter("q", "q", "N_o/6"),),
    ),
    Scheme(
        "less",
        "channels that may be fewer than one, alone and in a quotient",
        "this test",
        (
            StageForm("in", "N_i - N_o + 2"),
            StageForm("mid", "N_i/(N_i - 3)"),
            StageForm("out", "N_o", kernel=BOTH),
        ),
    ),
    Scheme(
        "grouped-twice",
        "groups of numbers that need not divide",
        "this test",
        (StageForm("in", "2*N_i", "N_i/4"), StageForm("out", "N_o", "g", kernel=BOTH)),
        (Parameter("g", "g", "N_i/2"),),
    ),
)
"""Schemes of which more than one number need not be whole, or at least 1."""
NETWORK = """
channels = 3
size = [8, 8]
[[layer]]
name = "first"
out = 8
kernel = 3
[[layer]]
name = "second"
out = 8
kernel = 3
stride = 2
scheme = "doubled"
"""
WEIGHTS = 64 * 64 + 128 * 9
"""64 -> 128, 3x3: 64 x 64 pointwise, then 128 channels of nine taps."""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(as_toml(DOUBLED))
    return str(path)


def shown(*line):
    done = sepcost(*line)
    assert done.code == 0, done.err
    return done


def refused(*line):
    before = scheme_names()
    done = sepcost(*line)
    assert (done.code, scheme_names()) == (2, before)
    return done.err


def test_it_is_compared(own):
    line = ["compare", "--ni", "64", "--no", "128", "--schemes", own]
    row = shown(*line, "-f", "json").json["schemes"][-1]
    assert (row["scheme"], row["weights"], row["multiplier"]) == ("doubled", WEIGHTS, "2")
    assert row["parameters"] == {"d": 2}
    assert [stage["groups"] for stage in row["stages"]] == [1, 64]
    for format_ in ("table", "csv", "markdown", "latex"):
        assert "doubled" in shown(*line, "-f", format_).text
    assert "doubled" in shown(*line, "--against", "doubled", "-s", "56", "--machine", "h100-fp16").text


def test_it_is_compared_at_the_maps_that_its_stages_work_on(own):
    line = ["compare", "--ni", "64", "--no", "128", "-s", "56", "--stride", "2", "--schemes", own]
    row = shown(*line, "--scheme", "doubled", "-f", "json").json["schemes"][0]
    assert row["macs"] == 64 * 64 * 56**2 + 128 * 9 * 28**2


@pytest.mark.parametrize(
    ("value", "reason"),
    [("2", "stage pointwise writes 129/2 channels"), ("129", None), ("7", "writes 129/7 channels")],
)
def test_whether_it_can_be_built_is_the_same_everywhere(own, tmp_path, value, reason):
    channels = ["--ni", "64", "--no", "129", "--schemes", own, "--set", f"d={value}"]
    row = shown("compare", *channels, "--scheme", "doubled", "-f", "json").json["schemes"][0]
    assert row["realizable"] == (reason is None)
    assert (reason or "") in (row.get("reason") or "")
    swept = shown("sweep", *channels, "--scheme", "doubled", "-f", "json").json["rows"][0]
    assert (swept["realizable"], swept["weights"]) == (row["realizable"], row["weights"])
    formula = shown("formula", "doubled", *channels, "-k", "3", "-f", "json").json["schemes"][0]
    assert formula["realizable"] == row["realizable"]
    path = tmp_path / "network.toml"
    path.write_text("channels = 64\nsize = [4, 4]\n[[layer]]\nout = 129\nkernel = 3\n")
    given_d = ["--schemes", own, "--set", f"d={value}"]
    layer = shown("audit", str(path), "--replace", "doubled", *given_d, "-f", "json").json["layers"][0]
    assert (layer["replacement"] is not None) == row["realizable"]
    assert (reason or "") in (layer.get("reason") or "")


def test_it_is_fitted_swept_listed_and_written_as_a_formula(own):
    fitted = shown("fit", "--ni", "64", "--max-weights", "10k", "--scheme", "doubled", "--schemes", own)
    # 64 n + 2 n 9 for n pairs of channels: 121 of them take 9,922.
    assert "242" in fitted.text
    assert (64 + 2 * 9) * 121 == 9_922 < 10_000 < (64 + 2 * 9) * 122
    line = [
        "sweep",
        "--ni",
        "64",
        "--no",
        "128,129",
        "--schemes",
        own,
        "--scheme",
        "doubled",
        "--set",
        "d=2,3",
    ]
    rows = shown(*line, "-f", "json").json["rows"]
    assert [(row["n_o"], row["d"], row["weights"]) for row in rows] == [
        (128, 2, WEIGHTS),
        (128, 3, None),
        (129, 2, None),
        (129, 3, 64 * 43 + 129 * 9),
    ]
    listed = shown("schemes", "--schemes", own, "-f", "json").json["schemes"][-1]
    assert (listed["scheme"], listed["source"]) == ("doubled", "this test")
    assert "N_o" in shown("formula", "doubled", "--schemes", own).text


def test_it_solves_a_break_even(own):
    """9 n_o n_i >= n_o n_i / 2 + 9 n_o: n_i >= 18/17."""
    line = ["breakeven", "--for", "ni", "--no", "64", "--schemes", own, "--scheme", "doubled", "-f", "json"]
    row = shown(*line).json["results"][0]
    assert row["intervals"][0]["lower"] == str(Fraction(18, 17))


def test_a_layer_of_a_network_is_built_in_it(own, tmp_path):
    path = tmp_path / "network.toml"
    path.write_text(NETWORK)
    document = shown("audit", str(path), "--schemes", own, "--replace", "doubled", "-f", "json").json
    layers = {layer["name"]: layer for layer in document["layers"]}
    assert layers["second/pointwise"]["macs"] == 8 * 4 * 8**2
    assert layers["second/depthwise"]["macs"] == 8 * 9 * 4**2
    assert layers["second/depthwise"]["stride"] == [2, 2]
    assert layers["first"]["replacement"]["macs"] == (3 * 4 + 8 * 9) * 8**2


@pytest.mark.parametrize(
    "line",
    [
        "compare --ni 64 --no 128 -s 56",
        "compare --ni 64 --no 128 -s 56 --machine h100-fp16",
        "breakeven --for ni --no 64 --scheme doubled",
        "sweep --ni 64 --no 2:64:2 -k 1,3 --scheme doubled",
        "audit examples/mobilenet_v1_standard.toml --replace doubled",
    ],
)
def test_it_is_drawn(own, tmp_path, line):
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in line.split()]
    path = tmp_path / "picture.svg"
    shown(*words, "--schemes", own, "-o", str(path))
    assert path.read_text().rstrip().endswith("</svg>")


@given(data=st.data())
@settings(max_examples=tries(30))
def test_columns_say_of_every_layer_what_build_says(data, tmp_path_factory):
    """All schemes, these too, on small grids of every stride, padding and parameter, given or not."""
    path = tmp_path_factory.getbasetemp() / "own.toml"
    path.write_text("".join(map(as_toml, (DOUBLED, *UNLIKELY))))
    with registered(read_schemes(path)):
        scheme = scheme_named(data.draw(st.sampled_from([each.name for each in catalogue()])))
        numbers = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True).map(tuple)
        sized = data.draw(st.booleans())
        grid = Grid(
            n_i=data.draw(numbers),
            n_o=data.draw(numbers),
            kernel=((data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))),),
            size=((data.draw(st.integers(3, 6)), data.draw(st.integers(3, 6))),) if sized else None,
            stride=data.draw(st.sampled_from([(1, 1), (2, 1), (3, 2)])),
            padding=data.draw(st.sampled_from(["same", "valid"])),
            bias=data.draw(st.sampled_from([False, True, "last"])),
            schemes=(scheme.name,),
            parameters={
                each.name: data.draw(numbers) for each in scheme.parameters if data.draw(st.booleans())
            },
        )
        (frame,) = batches(grid)
        for row in frame.iter_rows(named=True):
            assert_row_is_built(grid, row)


def assert_row_is_built(grid, row):
    size = None if row["l_r"] is None else (row["l_r"], row["l_c"])
    kernel = (row["f_r"], row["f_c"])
    layer = Layer(row["n_i"], row["n_o"], kernel, size, grid.stride, padding=grid.padding, bias=grid.bias)
    own = {name: row[name] for name in grid.parameters}
    built = build(scheme_named(row["scheme"]), layer, own)
    assert row["realizable"] == (built.refusal is None)
    assert row["applicable"] == (built.refusal is None or built.refusal.applicable)
    found = compare(layer, [row["scheme"]], parameters=own).schemes[0]
    if built.refusal is not None:
        assert row["weights"] is row["macs"] is row["saving_macs"] is None
        return
    assert row["weights"] == found.cost.weights
    assert row["macs"] == found.cost.macs
    assert row["multiplier"] == (None if found.multiplier is None else str(found.multiplier))
    saving = found.saving.macs
    assert row["saving_macs"] == (None if saving is None else float(saving))


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    path = tmp_path_factory.mktemp("roots") / "roots.toml"
    path.write_text("".join(map(as_toml, ROOTS)))
    return str(path)


@pytest.mark.parametrize(
    ("scheme", "problem"),
    [
        ("summed-roots", "combines sqrt(2) with sqrt(3)"),
        ("parted-roots", "combines sqrt(2) with sqrt(3)"),
        ("nested-roots", "has a root of a root"),
        ("root-of-product", "combines sqrt(3) with sqrt(6)"),
    ],
)
def test_a_layer_whose_roots_no_exact_number_holds_is_not_realizable(roots, tmp_path, scheme, problem):
    """Of 2 -> 3 channels none is whole."""
    said = f"not realizable: an expression of it {problem} for these sizes"
    layer = ["--ni", "2", "--no", "3", "--schemes", roots]
    one = [*layer, "--scheme", scheme]
    assert f"{scheme}: {said}" in shown("compare", *one).text
    assert f"{scheme}: {said}" in shown("fit", "--for", "size", *one, "--max-macs", "1M").text
    row = shown("compare", *one, "-s", "8", "--machine", "h100-fp16", "-f", "json").json["schemes"][0]
    assert (row["applicable"], row["realizable"]) == (True, False)
    assert row["reason"] in said
    row = shown("sweep", *one, "-f", "json").json["rows"][0]
    assert (row["applicable"], row["realizable"], row["weights"]) == (True, False, None)
    assert said in refused("compare", *one, "--max-macs", "1M")
    assert f"nothing to draw: {scheme} is {said}" in refused("compare", *one, "-o", str(tmp_path / "one.svg"))
    shown("compare", *layer, "-s", "8", "--machine", "h100-fp16", "-o", str(tmp_path / "all.svg"))
    network = tmp_path / "network.toml"
    network.write_text("channels = 2\nsize = [4, 4]\n[[layer]]\nout = 3\nkernel = 3\n")
    replaced = ["--schemes", roots, "--replace", scheme, "-f", "json"]
    assert shown("audit", str(network), *replaced).json["layers"][0]["reason"] == said


@pytest.mark.parametrize(
    ("scheme", "question"),
    [
        ("summed-roots", "kernel --ni 2 --no 3"),
        ("parted-roots", "kernel --ni 2 --no 3"),
        ("nested-roots", "ni --no 3"),
        ("nested-roots", "gamma --ni 2 --no 3"),
        ("root-of-product", "gamma --ni 2 --no 3"),
    ],
)
def test_a_question_about_roots_is_answered_or_left_undecided_in_one_line(roots, scheme, question):
    for command in (["breakeven"], ["fit", "--max-weights", "1k"]):
        done = sepcost(*command, "--for", *question.split(), "--schemes", roots, "--scheme", scheme)
        assert done.code == 0 or (done.code == 2 and done.err.count("\n") == 1), done.err


def test_a_frame_of_it_has_its_parameter_as_a_column(own):
    done = shown("sweep", "--ni", "64", "--no", "128", "--schemes", own, "--set", "d=2,4", "-f", "jsonl")
    frame = pl.DataFrame([json.loads(line) for line in done.text.splitlines()])
    assert frame.filter(pl.col("scheme") == "doubled")["d"].to_list() == [2, 4]
