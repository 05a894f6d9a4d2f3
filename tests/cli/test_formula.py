"""sepcost formula: expressions that say what compare counts, in every dialect."""

import csv
import inspect
import io
import subprocess
import sys
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from sepcost.comparison import compare
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK_NAMES
from tests.cli.program import sepcost
from tests.strategies import sizes

FILLED_IN = [
    "",
    "--gamma 9/4 --bias",
    "--gamma 2 --no 7",
    "--no 7 --bias",
    "--ni 64 --gamma 2 -k 3x5",
    "--no 128 --ni 64 -s 56 --bias",
    "-k 3 -s 56x48 --stride 2",
    "--stride 2 --padding valid",
]


def formula(line):
    done = sepcost("formula", *line.split(), "-f", "json")
    assert (done.code, done.err) == (0, "")
    return done.json


def executed(line):
    """The functions of `formula -f python`, by name."""
    done = sepcost("formula", *line.split(), "-f", "python")
    assert (done.code, done.err) == (0, "")
    namespace = {}
    exec(compile(done.text, "<formula>", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.endswith(("_weights", "_macs"))}


@cache
def symbolic(bias=False):
    return executed("--bias" if bias else "")


def called(function, layer):
    """The value of a printed function for a layer, its arguments given by their printed names."""
    known = {
        "N_i": layer.n_i,
        "N_o": layer.n_o,
        "F_r": layer.kernel[0],
        "F_c": layer.kernel[1],
        "L_r": layer.size and layer.size[0],
        "L_c": layer.size and layer.size[1],
        "gamma": layer.gamma,
    }
    return function(**{name: known[name] for name in inspect.signature(function).parameters})


def assert_functions_count_what_compare_counts(functions, layer):
    comparison = compare(layer)
    counted = {}
    for row in comparison.schemes:
        if row.applicable:
            stages = row.stages if len(row.stages) > 1 else ()
            costs = {"": row.cost, **{f"_{stage.stage}": stage.cost for stage in stages}}
            for part, cost in costs.items():
                counted[f"{row.scheme}{part}_weights"] = cost.weights
                counted[f"{row.scheme}{part}_macs"] = cost.macs
    for name, expected in counted.items():
        value = called(functions[name], layer)
        if isinstance(expected, (int, Fraction)):
            assert value == expected, name
            assert not isinstance(value, float), name
        else:
            assert value == pytest.approx(float(expected), rel=1e-12), name
    return counted


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ("--no 5 --gamma 2", "its N_i 5/2 is not whole"),
        ("--ni 64 --no 128", "its depthwise multiplier sqrt(2) is not whole"),
        ("--ni 3 --gamma 9/4", "its N_o 27/4 is not whole"),
        ("--ni 4 --gamma 9/4", "its depthwise multiplier 3/2 is not whole"),
    ],
)
def test_a_formula_that_no_layer_has_says_so(given, note):
    text = sepcost("formula", "distributed", *given.split()).text
    assert f"distributed: not realizable: {note}" in text


@pytest.mark.parametrize("run", ["--bytes 2", "--bytes 1 --fused", "--bytes 3 --batch 8 --bias"])
def test_with_all_sizes_given_formulas_are_the_numbers_of_compare(run):
    layer = f"--ni 64 --no 256 -k 3x5 -s 56x48 --stride 2 {run}"
    compared = sepcost("compare", *layer.split(), "-f", "json").json
    document = formula(layer)
    assert document["convention"] == compared["convention"]
    for row, scheme in zip(document["schemes"], compared["schemes"], strict=True):
        for cost, found in [(row, scheme), *zip(row["stages"], scheme["stages"], strict=True)]:
            assert [int(cost[name]) for name in ("weights", "macs", "bytes")] == [
                found[name] for name in ("weights", "macs", "bytes")
            ]
            assert float(Fraction(cost["intensity"])) == found["intensity"]


def test_a_fused_scheme_moves_the_map_that_it_reads_and_the_one_that_it_writes():
    (row,) = formula("separable --fused")["schemes"]
    assert (row["inputs"], row["outputs"]) == ("N_i*L_r*L_c", "N_o*L_r*L_c")
    depthwise, pointwise = row["stages"]
    assert (depthwise["outputs"], pointwise["inputs"]) == ("0", "0")


def test_json_says_what_was_asked_and_what_is_counted():
    document = formula("separable distributed --no 64 -k 3x5 -s 56 --gamma 9/4 --bias --stride 2")
    assert list(document) == ["schema", "convention", "given", "schemes"]
    assert document["schema"] == "sepcost/formula/1"
    assert document["convention"] == {"unit": "MAC", "bias": True, "batch": 1, "bytes": None, "fused": False}
    assert document["given"] == {
        "n_o": 64,
        "f_r": 3,
        "f_c": 5,
        "l_r": 56,
        "l_c": 56,
        "gamma": "9/4",
        "stride": [2, 2],
        "dilation": [1, 1],
        "padding": "same",
    }
    assert [row["scheme"] for row in document["schemes"]] == ["separable", "distributed"]
    # N_i is left a symbol by separable; distributed ties it to 64 / (9/4) = 256/9.
    assert [row["realizable"] for row in document["schemes"]] == [True, False]


def test_a_scheme_of_json():
    (row,) = formula("separable")["schemes"]
    stages = row.pop("stages")
    assert row == {
        "scheme": "separable",
        "applicable": True,
        "realizable": True,
        "weights": "N_i*(N_o + F_r*F_c)",
        "macs": "N_i*L_r*L_c*(N_o + F_r*F_c)",
        "inputs": "2*N_i*L_r*L_c",
        "outputs": "L_r*L_c*(N_o + N_i)",
        "bytes": "b*(N_o*N_i + N_o*L_r*L_c + N_i*F_r*F_c + 3*N_i*L_r*L_c)",
        "intensity": "N_i*L_r*L_c*(N_o + F_r*F_c)/(b*(N_o*N_i + N_o*L_r*L_c + N_i*F_r*F_c + 3*N_i*L_r*L_c))",
        "latex": row["latex"],
    }
    assert row["latex"]["weights"] == r"N_i \left(N_o + F_r F_c\right)"
    assert row["latex"]["macs"] == r"N_i L_r L_c \left(N_o + F_r F_c\right)"
    assert row["latex"]["inputs"] == "2 N_i L_r L_c"
    assert list(row["latex"]) == ["weights", "macs", "inputs", "outputs", "bytes", "intensity"]
    told = [(stage["stage"], stage["weights"], stage["macs"], stage["bytes"]) for stage in stages]
    assert told == [
        ("depthwise", "N_i*F_r*F_c", "N_i*F_r*F_c*L_r*L_c", "b*N_i*(F_r*F_c + 2*L_r*L_c)"),
        ("pointwise", "N_o*N_i", "N_o*N_i*L_r*L_c", "b*(N_o*N_i + N_o*L_r*L_c + N_i*L_r*L_c)"),
    ]
    assert [list(stage) for stage in stages] == [["stage", *list(row)[3:]]] * 2


@pytest.mark.parametrize(
    ("line", "weights"),
    [
        ("standard", "N_o*N_i*F_r*F_c"),
        ("generalized", "gamma*N_i*(N_o + F_r*F_c)"),
        ("distributed", "sqrt(gamma)*N_i*(gamma*N_i + F_r*F_c)"),
        ("distributed --gamma 4 -k 3", "2*N_i*(4*N_i + 9)"),
        ("distributed --gamma 2 -k 3", "sqrt(2)*N_i*(2*N_i + 9)"),
        ("separable --ni 64 -k 3", "64*(N_o + 9)"),
        ("generalized --no 256 --ni 64 -k 3", str(4 * 64 * (256 + 9))),
        ("standard --bias", "N_o*(N_i*F_r*F_c + 1)"),
    ],
)
def test_the_formulas_of_the_theory(line, weights):
    assert formula(line)["schemes"][0]["weights"] == weights


def test_no_scheme_asks_for_all_and_a_repeated_one_comes_once():
    assert [row["scheme"] for row in formula("")["schemes"]] == list(NOTEBOOK_NAMES)
    assert [row["scheme"] for row in formula("separable standard separable")["schemes"]] == [
        "separable",
        "standard",
    ]


def test_a_scheme_that_is_not_applicable_says_why_in_every_dialect():
    line = "distributed --no 16 --ni 64"
    reason = "gamma = N_o/N_i = 1/4 is below 1"
    assert formula(line)["schemes"] == [{"scheme": "distributed", "applicable": False, "reason": reason}]
    for format_ in ("table", "csv", "latex", "python"):
        assert reason in sepcost("formula", *line.split(), "-f", format_).text
    assert r"γ = N\_o/N\_i = 1/4 is below 1" in sepcost("formula", *line.split(), "-f", "markdown").text


@given(
    n_i=st.integers(1, 1000),
    multiplier=st.one_of(st.integers(1, 1000).map(lambda root: root**2), st.integers(1, 10**6)),
    kernel=st.tuples(sizes, sizes),
    size=st.tuples(sizes, sizes),
    bias=st.booleans(),
)
def test_printed_functions_count_what_compare_counts(n_i, multiplier, kernel, size, bias):
    layer = Layer(n_i, n_i * multiplier, kernel=kernel, size=size, bias=bias)
    assert_functions_count_what_compare_counts(symbolic(bias), layer)


@given(n_i=sizes, n_o=sizes, kernel=st.tuples(sizes, sizes), size=st.tuples(sizes, sizes))
def test_printed_functions_are_exact_where_gamma_is_no_whole_number(n_i, n_o, kernel, size):
    assert_functions_count_what_compare_counts(symbolic(), Layer(n_i, n_o, kernel=kernel, size=size))


@settings(max_examples=15)
@given(n_i=sizes, n_o=sizes, kernel=st.tuples(sizes, sizes), size=st.tuples(sizes, sizes), data=st.data())
def test_printed_functions_stay_exact_with_values_filled_in(n_i, n_o, kernel, size, data):
    layer = Layer(n_i, n_o, kernel=kernel, size=size, bias=data.draw(st.booleans()))
    values = {
        "--no": str(n_o),
        "-k": f"{kernel[0]}x{kernel[1]}",
        "-s": f"{size[0]}x{size[1]}",
    }
    if layer.gamma >= 1:
        values["--gamma"] = str(layer.gamma)
    chosen = data.draw(st.lists(st.sampled_from(sorted(values)), unique=True))
    line = " ".join(f"{option} {values[option]}" for option in chosen) + (" --bias" if layer.bias else "")
    assert_functions_count_what_compare_counts(executed(line), layer)


def test_with_every_value_filled_in_the_functions_take_none():
    functions = executed("--no 128 --ni 64 -k 3 -s 56 --stride 2 --bias")
    layer = Layer(64, 128, kernel=3, size=56, stride=2, bias=True)
    assert_functions_count_what_compare_counts(functions, layer)
    assert functions["separable_macs"]() == 64 * (128 + 9) * 28 * 28
    assert all(not inspect.signature(function).parameters for function in functions.values())


def test_a_fraction_of_a_large_number_is_not_rounded():
    function = executed("generalized --gamma 10/3")["generalized_weights"]
    largest = 10**9 - 1
    assert function(N_o=largest, N_i=largest, F_r=largest, F_c=largest) == Fraction(
        10 * largest * (largest + largest**2), 3
    )


def test_python_runs_alone_with_nothing_but_its_standard_library(tmp_path):
    path = tmp_path / "costs.py"
    assert sepcost("formula", "-o", str(path)).code == 0
    check = "import costs; print(costs.distributed_weights(gamma=4, N_i=64, F_r=3, F_c=3))"
    ran = subprocess.run(
        [sys.executable, "-ISc", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {check}"],
        capture_output=True,
        text=True,
    )
    assert (ran.stdout, ran.stderr) == (f"{2 * 64 * (4 * 64 + 9)}\n", "")


@pytest.mark.parametrize("line", FILLED_IN)
def test_python_states_what_is_given_and_counted(line):
    text = sepcost("formula", *line.split(), "-f", "python").text
    title = sepcost("formula", *line.split()).text.splitlines()[0]
    assert text.startswith(f'"""{title}.\n')
    bias = "counted as weights" if "--bias" in line else "not counted"
    assert f"MACs (1 MAC = 2 FLOPs), bias {bias}, batch 1" in text


@cache
def parsed(mathematics):
    return MathTextParser("path").parse(mathematics)


@pytest.mark.parametrize("line", FILLED_IN)
def test_every_line_of_latex_is_read_by_mathtext(line):
    done = sepcost("formula", *line.split(), "-f", "latex")
    assert (done.code, done.err) == (0, "")
    equations = [text for text in done.text.splitlines() if not text.startswith("%")]
    applicable = [row for row in formula(line)["schemes"] if row["applicable"]]
    stages = [stage for row in applicable for stage in row["stages"] if len(row["stages"]) > 1]
    assert len(equations) == 6 * (len(applicable) + len(stages)) > 0
    for equation in equations:
        assert equation.startswith("$")
        assert equation.endswith("$")
        name, value = equation.strip("$").split(" = ")
        parsed(f"${name} =$")
        parsed(f"${value}$")


def test_csv_has_one_line_a_stage_and_a_total():
    read = list(csv.DictReader(io.StringIO(sepcost("formula", "separable", "-f", "csv").text)))
    assert [(record["scheme"], record["stage"], record["weights"]) for record in read] == [
        ("separable", "depthwise", "N_i*F_r*F_c"),
        ("separable", "pointwise", "N_o*N_i"),
        ("separable", "", "N_i*(N_o + F_r*F_c)"),
    ]


def test_markdown_writes_the_mathematics_with_its_signs():
    lines = sepcost("formula", "distributed", "-f", "markdown").text.splitlines()
    assert lines[0] == "**Costs of one layer: any kernel**"
    assert r"| distributed | √γ·N\_i·(γ·N\_i + F\_r·F\_c) |" in lines[4]


@pytest.mark.parametrize(
    ("line", "symbols"),
    [
        ("", "L_r*L_c"),
        ("--stride 2", "O_r*O_c"),
        ("--padding valid", "O_r*O_c"),
        ("-s 56 --stride 2", str(28 * 28)),
    ],
)
def test_macs_are_counted_at_each_output_position(line, symbols):
    done = sepcost("formula", "standard", *line.split())
    assert f"{symbols}" in done.text.splitlines()[3]
    assert ("O_r, O_c: output rows and columns" in done.text) == ("O_r" in symbols)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("seperable", "SCHEME: 'seperable' is not a scheme; did you mean separable?"),
        ("-k 0", "-k: '0' is not a whole number from 1"),
        ("--gamma 1/2", "--gamma: '1/2' is below 1"),
        ("-k 9 -s 3 --padding valid", "-k: 9x9 with dilation 1x1 is larger than the padded input of 3x3"),
    ],
)
def test_what_cannot_hold_is_refused(line, problem):
    done = sepcost("formula", *line.split())
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"sepcost formula: {problem}")
    assert done.err.count("\n") == 1
