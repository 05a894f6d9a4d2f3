"""sepcost formula: expressions that say what compare counts, in every dialect."""

import csv
import inspect
import io
import re
import subprocess
import sys
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core.build import sizes_of
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, Parameter, Scheme, StageForm
from sepcost.core.scheme_file import read_schemes
from sepcost.core.schemes import NOTEBOOK_NAMES, registered, scheme_named, scheme_names
from sepcost.report.expressions import report
from sepcost.solver.expressions import expressions
from tests.cli.program import ROOT, sepcost
from tests.effort import tries
from tests.own import OWN, as_toml
from tests.printed import parsed_latex
from tests.strategies import sizes

OWN_FILE = ROOT / "examples" / "schemes.toml"
EXAMPLES = [scheme for scheme in read_schemes(OWN_FILE) if scheme.name != "fire"]
PARAMETERS = ["groups", "mid", "reduction", "expansion", "s", "t", "lead"]

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
    return functions_of(done.text)


def functions_of(text):
    namespace = {}
    exec(compile(text, "<formula>", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.endswith(("_weights", "_macs"))}


@cache
def symbolic(bias=False, strides=False):
    """The functions of every scheme, the examples' own ones too, with nothing filled in."""
    with registered([*EXAMPLES, *OWN]):
        asked = Given(bias=bias, stride=(2, 2) if strides else (1, 1))
        return functions_of(report(expressions(asked, scheme_names())).others["python"]())


def called(function, scheme, layer, parameters):
    """The value of a printed function for a layer, its arguments given by their printed names."""
    known = {"L_r": layer.size and layer.size[0], "L_c": layer.size and layer.size[1]}
    known |= {"O_r": layer.out and layer.out[0], "O_c": layer.out and layer.out[1]}
    known |= scheme_named(scheme).values(sizes_of(layer, parameters))
    return function(**{name: known[name] for name in inspect.signature(function).parameters})


def assert_functions_count_what_compare_counts(functions, layer, schemes=NOTEBOOK_NAMES, parameters=None):
    parameters = parameters or {}
    for row in compare(layer, schemes, parameters=parameters).schemes:
        if not row.applicable:
            continue
        stages = row.stages if len(row.stages) > 1 else ()
        costs = {"": row.cost, **{f"_{each.stage.name}": each.cost for each in stages}}
        for part, cost in costs.items():
            for metric, expected in (("weights", cost.weights), ("macs", cost.macs)):
                name = re.sub(r"\W", "_", f"{row.scheme}{part}_{metric}")
                value = called(functions[name], row.scheme, layer, parameters)
                assert_equal(value, expected, name)


def assert_equal(value, expected, name):
    if isinstance(expected, (int, Fraction)):
        assert value == expected, name
        assert not isinstance(value, float), name
    else:
        assert value == pytest.approx(float(expected), rel=1e-12), name


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ("--no 5 --gamma 2", "its N_i 5/2 is not whole"),
        ("--ni 64 --no 128", "its multiplier sqrt(2) is not whole"),
        ("--ni 3 --gamma 9/4", "its N_o 27/4 is not whole"),
        ("--ni 4 --gamma 9/4", "its multiplier 3/2 is not whole"),
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
        "parameters": [],
        "constraints": [],
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
    metrics = ["weights", "macs", "inputs", "outputs", "bytes", "intensity"]
    assert [list(stage) for stage in stages] == [["stage", *metrics, "latex"]] * 2


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
    for format_ in ("table", "csv", "python"):
        assert reason in sepcost("formula", *line.split(), "-f", format_).text
    assert r"γ = N\_o/N\_i = 1/4 is below 1" in sepcost("formula", *line.split(), "-f", "markdown").text
    assert r"$\gamma$ = $N_o$/$N_i$ = 1/4 is below 1" in sepcost("formula", *line.split(), "-f", "latex").text


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


@settings(max_examples=tries(15))
@given(
    n_i=st.integers(1, 24),
    n_o=st.integers(1, 48),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(st.integers(5, 60), st.integers(5, 60)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.sampled_from(["same", "valid", (1, 2)]),
    bias=st.sampled_from([False, True, "last"]),
    parameters=st.fixed_dictionaries({}, optional=dict.fromkeys(PARAMETERS, st.integers(2, 8))),
)
def test_printed_functions_of_every_scheme_count_what_compare_counts(
    n_i, n_o, kernel, size, stride, padding, bias, parameters
):
    layer = Layer(n_i, n_o, kernel, size, stride, padding=padding, bias=bias)
    functions = symbolic(bias, strides=stride != (1, 1) or padding != "same")
    with registered([*EXAMPLES, *OWN]):
        assert_functions_count_what_compare_counts(functions, layer, scheme_names(), parameters)


def test_a_function_refuses_an_expansion_below_which_its_scheme_has_fewer_stages():
    function = symbolic()["inverted_weights"]
    with pytest.raises(ValueError, match="t is at least 2 here"):
        function(t=1, N_o=8, N_i=8, F_r=3, F_c=3)
    filled = executed("inverted --expansion 1")["inverted_weights"]
    assert filled(N_o=8, N_i=8, F_r=3, F_c=3) == 8 * (8 + 9)


@given(n_i=sizes, n_o=sizes, kernel=st.tuples(sizes, sizes), size=st.tuples(sizes, sizes))
def test_printed_functions_are_exact_where_gamma_is_no_whole_number(n_i, n_o, kernel, size):
    assert_functions_count_what_compare_counts(symbolic(), Layer(n_i, n_o, kernel=kernel, size=size))


def test_a_parameter_may_have_a_name_that_the_printed_module_uses(tmp_path):
    stages = (StageForm("a", "isqrt*N_i/Fraction"), StageForm("b", "N_o", kernel=BOTH))
    parameters = (Parameter("Fraction", "Fraction", "2"), Parameter("isqrt", "isqrt", "3"))
    path = tmp_path / "own.toml"
    path.write_text(as_toml(Scheme("own-one", "", "", stages, parameters)))
    weights = executed(f"own-one --schemes {path}")["own_one_weights"]
    # 5 x 3 / 2 channels between, from 5 and to 7 of them, the latter by 3 x 3.
    assert weights(2, 3, N_o=7, N_i=5, F_r=3, F_c=3) == Fraction(5 * 3, 2) * (5 + 7 * 9)


@settings(max_examples=tries(15))
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


LATEX = [
    *FILLED_IN,
    "inverted bottleneck spatial --stride 2 --bias last",
    f"all --schemes {OWN_FILE} -s 56 --set t=3 --only macs",
]


@pytest.mark.parametrize("line", LATEX)
def test_latex_is_one_block_of_equations_that_mathtext_reads(line):
    done = sepcost("formula", *line.split(), "-f", "latex")
    assert (done.code, done.err) == (0, "")
    lines = done.text.splitlines()
    *equations, last = lines[lines.index(r"\begin{align*}") + 1 : lines.index(r"\end{align*}")]
    assert all(text.endswith(r" \\") for text in equations)
    assert not last.endswith(r"\\")
    runs = {"--only", "--bytes", "--batch", "--fused"} & {*line.split()}
    counts = line if runs else f"{line} --only weights --only macs"  # as a table has them
    applicable = [row for row in formula(counts)["schemes"] if row["applicable"]]
    costs = [each for row in applicable for each in ([*row["stages"], row] if row["stages"][1:] else [row])]
    expected = [latex for cost in costs for latex in cost["latex"].values()]
    told = [text.removesuffix(r" \\").partition(" &= ") for text in (*equations, last)]
    assert [value for _, _, value in told] == expected
    for name, _, value in told:
        parsed_latex(f"${name} =$")
        parsed_latex(f"${value}$")


@pytest.mark.parametrize(
    ("line", "lines"), [("", 2), ("--only traffic", 4), ("--batch 8", 6), ("--fused", 6)]
)
def test_latex_has_the_metrics_of_a_table(line, lines):
    text = sepcost("formula", "standard", *line.split(), "-f", "latex").text
    assert text.count("&=") == lines
    assert (r"\item elements and bytes moved, and MACs per byte: -{}-only traffic" in text) == (not line)


def test_latex_with_no_scheme_that_applies_has_no_empty_block():
    text = sepcost("formula", "distributed", "--no", "16", "--ni", "64", "-f", "latex").text
    assert "align" not in text
    assert r"\item distributed: not applicable" in text


@pytest.mark.parametrize(
    ("only", "metrics"),
    [
        ("--only weights", ["weights"]),
        ("--only macs --only weights", ["weights", "macs"]),
        ("--only traffic", ["inputs", "outputs", "bytes", "intensity"]),
    ],
)
def test_only_leaves_out_the_other_metrics_of_every_dialect(only, metrics):
    every, (row,) = formula("blueprint")["schemes"][0], formula(f"blueprint {only}")["schemes"]
    for cost, whole in [(row, every), *zip(row["stages"], every["stages"], strict=True)]:
        assert [name for name in every["latex"] if name in cost] == metrics == list(cost["latex"])
        assert all(cost[name] == whole[name] for name in metrics)
    text = sepcost("formula", "blueprint", *only.split(), "-f", "csv").text
    assert text.splitlines()[0].split(",") == ["scheme", "stage", *metrics, "reason"]
    names = re.findall(
        r"^def blueprint_([a-z]+)\(", sepcost("formula", "blueprint", "-f", "python").text, re.M
    )
    assert [name for name in names if name in metrics] == metrics
    latex = sepcost("formula", "blueprint", *only.split(), "-f", "latex").text
    assert latex.count(" &= ") == 3 * len(metrics)


def test_a_table_has_traffic_where_it_is_wanted():
    left_out = "elements and bytes moved, and MACs per byte: --only traffic"
    usual = sepcost("formula").text
    assert left_out in usual
    assert "bytes" not in usual.replace(left_out, "").replace("MACs per byte", "")
    for line in ("--only traffic", "--bytes 2", "--fused", "--batch 8"):
        text = sepcost("formula", *line.split()).text
        assert left_out not in text
        assert "\nbytes moved\n" in text
        assert "\nMACs per byte\n" in text


@pytest.mark.parametrize(
    ("line", "macs"),
    [
        # Before the kernel is taken a stage works at the input's positions, from there on at the output's.
        ("inverted", ["t*N_i**2*L_r*L_c", "t*N_i*F_r*F_c*O_r*O_c", "t*N_o*N_i*O_r*O_c"]),
        ("blueprint", ["N_o*N_i*L_r*L_c", "N_o*F_r*F_c*O_r*O_c"]),
        ("spatial", ["m*N_i*F_r*L_c*O_r", "m*N_o*F_c*O_r*O_c"]),
        ("separable", ["N_i*F_r*F_c*O_r*O_c", "N_o*N_i*O_r*O_c"]),
        # 64 x 64 channels x 6 at 56 x 56; 384 x 9 and 384 x 64 at 28 x 28.
        (
            "inverted --ni 64 --no 64 -k 3 -s 56 --expansion 6",
            [str(384 * 64 * 56 * 56), str(384 * 9 * 28 * 28), str(384 * 64 * 28 * 28)],
        ),
    ],
)
def test_each_stage_is_counted_at_the_positions_that_it_writes(line, macs):
    (row,) = formula(f"{line} --stride 2")["schemes"]
    assert [stage["macs"] for stage in row["stages"]] == macs


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        ("inverted --stride 2", ["L_r, L_c: input rows and columns"]),
        ("inverted --stride 2", ["O_r, O_c: output rows and columns: ceil(L_r/2) and ceil(L_c/2)"]),
        ("inverted --stride 2", ["a map is L long until a stage takes the kernel's rows or columns"]),
        ("standard --stride 2x1", ["O_r: output rows: ceil(L_r/2)"]),
        (
            "standard -k 3 --padding valid --stride 2x1",
            ["O_r, O_c: output rows and columns: floor((L_r - 3)/2) + 1 and L_c - 2"],
        ),
        (
            "standard --padding 1 --dilation 2 -s 9",
            ["O_r, O_c: output rows and columns: 13 - 2*F_r and 13 - 2*F_c"],
        ),
    ],
)
def test_rows_and_columns_are_defined(line, notes):
    text = sepcost("formula", *line.split()).text
    assert all(note in text for note in notes), text


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("inverted", "t: expansion of inverted, 6 unless given, at least 2 here: "),
        ("spatial", "m: mid of spatial, N_o unless given: "),
        ("fire --schemes {own}", "s: a parameter of fire, N_i/4 unless given\n"),
        ("grouped", "grouped: can be built where g divides N_i and N_o\n"),
        ("grouped --groups 4 --ni 64", "grouped: can be built where 4 divides N_o\n"),
        (
            "grouped --groups 3 --ni 64",
            "not realizable: its stage convolution has 3 groups, which do not divide 64 channels\n",
        ),
        ("bottleneck --no 130 --reduction 4", "not realizable: its stage reduce writes 65/2 channels"),
        ("depthwise --ni 64", "depthwise: can be built where 64 divides N_o\n"),
        ("distributed", "distributed: can be built where sqrt(gamma) is whole\n"),
        ("fire --schemes {own} --stride 2", "fire: not realizable: a stage that it ends in takes no axis"),
    ],
)
def test_parameters_and_what_has_to_be_whole_are_said(line, note):
    line = line.format(own=OWN_FILE)
    assert note in sepcost("formula", *line.split()).text
    assert note.strip() in sepcost("formula", *line.split(), "-f", "python").text


def test_json_says_which_parameters_are_symbols_and_what_has_to_be_whole():
    document = formula("grouped inverted --expansion 4")
    assert document["given"]["parameters"] == {"expansion": 4}
    grouped, inverted = document["schemes"]
    assert grouped["parameters"] == [{"name": "groups", "symbol": "g", "default": "2"}]
    assert grouped["constraints"] == ["g divides N_i and N_o"]
    assert (inverted["parameters"], inverted["constraints"]) == ([], [])
    assert inverted["weights"] == "4*N_i*(N_o + N_i + F_r*F_c)"
    (broken,) = formula("bottleneck --no 130 --reduction 4")["schemes"]
    assert broken["realizable"] is False
    assert broken["reason"].startswith("its stage reduce writes 65/2 channels")


def test_a_scheme_of_ones_own_has_formulas_in_every_dialect():
    line = ["formula", "fire", "--schemes", str(OWN_FILE)]
    # 1x1 to s channels, then half of N_o by 1x1 and half by the kernel.
    assert sepcost(*line, "-f", "json").json["schemes"][0]["weights"] == "s*(N_o*F_r*F_c/2 + N_o/2 + N_i)"
    assert r"\text{fire, expand3x3}} &= \frac{s N_o F_r F_c}{2}" in sepcost(*line, "-f", "latex").text
    assert r"s·N\_o·F\_r·F\_c/2" in sepcost(*line, "-f", "markdown").text
    assert (
        "class Fire(nn.Module):"
        in sepcost(*line, "--ni", "96", "--no", "128", "-k", "3", "-f", "pytorch").text
    )


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
        (
            "standard,separable",
            "SCHEME: 'standard,separable' is not a scheme: name each by itself, standard separable",
        ),
        ("--scheme bottleneck", "no such option: '--scheme': schemes are arguments here: sepcost formula"),
        ("--metric=weights", "no such option: '--metric': --only weights, macs or traffic shows one kind"),
        ("--sort saving", "no such option: '--sort'"),
        ("--only mcas", "--only: 'mcas' is not one of weights, macs, traffic; did you mean macs?"),
        ("-f pytorch", "-k: is missing: a PyTorch module has no symbols: give 3, or rows x columns"),
        ("-f pytorch -k 3 --ni 64", "--no: is missing: give two of --ni, --no and --gamma"),
        ("-f pytorch -k 3 --ni 64 --no 64 --only macs", "--only: has no meaning for PyTorch modules"),
        ("-f pytorch -k 3 --ni 64 --no 64 --fused", "--fused: has no meaning for PyTorch modules"),
        ("-k 0", "-k: '0' is not a whole number from 1"),
        ("--gamma 1/2", "--gamma: '1/2' is below 1"),
        ("-k 9 -s 3 --padding valid", "-k: 9x9 with dilation 1x1 is larger than the padded input of 3x3"),
    ],
)
def test_what_cannot_hold_is_refused(line, problem):
    done = sepcost("formula", *line.split())
    assert done.refusal.startswith(problem)


def test_schemes_of_the_same_stages_share_a_row_of_the_table_alone():
    text = sepcost("formula", "--gamma", "1", "--only", "traffic").text
    assert "\nseparable, generalized " in text
    assert "\n  separable, generalized, depthwise: " in text
    assert "\ngeneralized " not in text
    schemes = sepcost("formula", "--gamma", "1", "-f", "json").json["schemes"]
    assert [each["scheme"] for each in schemes] == ["standard", "separable", "generalized", "distributed"]
