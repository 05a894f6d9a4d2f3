"""sepcost compare: what its JSON, its other formats and its exit codes promise."""

import csv
import io
import math
from fractions import Fraction

import pytest

from tests.cli.program import ROOT, sepcost

LAYER_KEYS = {"n_i", "n_o", "f_r", "f_c", "l_r", "l_c", "stride", "dilation", "padding", "out", "gamma"}
ROW_KEYS = {
    "parameters",
    "scheme",
    "applicable",
    "realizable",
    "multiplier",
    "weights",
    "macs_per_position",
    "macs",
    "saving",
    "stages",
}
UNREALIZABLE_KEYS = ROW_KEYS | {"exact", "approx", "nearest_multipliers", "reason"}
STAGE_KEYS = {"stage", "n_i", "n_o", "groups", "kernel", "weights", "macs_per_position", "macs"}
COLUMNS = (
    "scheme,applicable,realizable,multiplier,weights,macs_per_position,macs,saving_weights,saving_macs,reason"
)

WIDENING = ("compare", "--no", "256", "--ni", "64")
IRRATIONAL = ("compare", "--no", "128", "--ni", "64")
NARROWING = ("compare", "--no", "16", "--ni", "64")
SEPARABLE = ("compare", "--no", "64", "--ni", "64", "-s", "56", "--scheme", "separable")

WEIGHTS = 64 * 64 + 64 * 9
MACS = WEIGHTS * 56 * 56
SAVING = Fraction(64 * 9, 64 + 9)


def rows(*arguments):
    done = sepcost(*arguments, "-f", "json")
    assert (done.code, done.err) == (0, "")
    return {row["scheme"]: row for row in done.json["schemes"]}


def test_the_heading_has_the_parameters_that_were_given(tmp_path):
    line = ("compare", "--no", "64", "--ni", "64", "--scheme", "inverted", "--scheme", "bottleneck")
    given = sepcost(*line, "--expansion", "4").text.splitlines()[0]
    assert given == sepcost(*line).text.splitlines()[0] + ", expansion = 4"
    assert (
        sepcost(*line, "--reduction", "2", "--set", "expansion=3")
        .text.splitlines()[0]
        .endswith("gamma = 1, reduction = 2, expansion = 3")
    )


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ((), "saving: how many times fewer MACs than standard"),
        (("--bias",), "saving: how many times fewer than standard"),
        (("--norm", "2", "--against", "blueprint"), "saving: how many times fewer than blueprint"),
    ],
)
def test_a_saving_is_in_macs_unless_weights_have_a_column_of_their_own(options, note):
    assert note in sepcost(*WIDENING, *options).text.splitlines()


def test_json_says_what_was_asked_and_what_is_counted():
    document = sepcost("compare", "--no", "64", "--ni", "64", "-k", "3", "-f", "json").json
    assert list(document) == ["schema", "layer", "convention", "against", "budgets", "schemes"]
    assert document["schema"] == "sepcost/compare/1"
    assert document["convention"] == {"unit": "MAC", "bias": False, "batch": 1}
    assert (document["against"], document["budgets"]) == ("standard", [])
    assert document["layer"] == {
        "n_i": 64,
        "n_o": 64,
        "f_r": 3,
        "f_c": 3,
        "l_r": None,
        "l_c": None,
        "stride": [1, 1],
        "dilation": [1, 1],
        "padding": "same",
        "out": None,
        "gamma": "1",
    }


def test_json_has_the_layer_in_full():
    line = "--no 144 --ni 64 -k 3x5 -s 56x48 --stride 2x1 --dilation 1x2 --padding 1x0 --bias"
    document = sepcost("compare", *line.split(), "-f", "json").json
    assert document["convention"]["bias"] is True
    assert document["layer"] == {
        "n_i": 64,
        "n_o": 144,
        "f_r": 3,
        "f_c": 5,
        "l_r": 56,
        "l_c": 48,
        "stride": [2, 1],
        "dilation": [1, 2],
        "padding": [1, 0],
        "out": [(56 + 2 - 2 - 1) // 2 + 1, 48 - 2 * 4 - 1 + 1],
        "gamma": "9/4",
    }


def test_a_row_of_json_without_a_size():
    assert rows("compare", "--no", "64", "--ni", "64")["separable"] == {
        "scheme": "separable",
        "applicable": True,
        "realizable": True,
        "multiplier": "1",
        "weights": 64 * (64 + 9),
        "macs_per_position": 64 * (64 + 9),
        "macs": None,
        "saving": {"weights": float(SAVING), "macs": float(SAVING)},
        "parameters": {},
        "stages": [
            {
                "stage": "depthwise",
                "n_i": 64,
                "n_o": 64,
                "groups": 64,
                "kernel": [3, 3],
                "weights": 64 * 9,
                "macs_per_position": 64 * 9,
                "macs": None,
            },
            {
                "stage": "pointwise",
                "n_i": 64,
                "n_o": 64,
                "groups": 1,
                "kernel": [1, 1],
                "weights": 64 * 64,
                "macs_per_position": 64 * 64,
                "macs": None,
            },
        ],
    }
    assert float(SAVING) == 7.890410958904109


def test_a_row_of_json_with_a_size():
    found = rows(*WIDENING, "-s", "56", "--stride", "2")
    positions = 28 * 28
    weights = {
        "standard": 256 * 64 * 9,
        "separable": 64 * (256 + 9),
        "generalized": 4 * 64 * (256 + 9),
        "distributed": 2 * 64 * (256 + 9),
    }
    assert weights == {"standard": 147_456, "separable": 16_960, "generalized": 67_840, "distributed": 33_920}
    assert {name: row["weights"] for name, row in found.items()} == weights
    for row in found.values():
        assert set(row) == ROW_KEYS
        assert row["macs_per_position"] == row["weights"]
        assert row["macs"] == row["weights"] * positions
        assert all(set(stage) == STAGE_KEYS for stage in row["stages"])
        assert sum(stage["macs"] for stage in row["stages"]) == row["macs"]
        assert row["saving"]["weights"] == weights["standard"] / row["weights"]
    assert [row["multiplier"] for row in found.values()] == [None, "1", "4", "2"]


def test_a_scheme_that_is_not_applicable_is_a_row_with_its_reason():
    found = rows(*NARROWING)
    assert list(found) == ["standard", "separable", "generalized", "distributed"]
    for scheme in ("generalized", "distributed"):
        assert found[scheme] == {
            "scheme": scheme,
            "applicable": False,
            "reason": "gamma = N_o/N_i = 1/4 is below 1",
        }


def test_a_scheme_that_is_not_realizable_is_a_row_with_its_exact_cost():
    row = rows(*IRRATIONAL, "-s", "2")["distributed"]
    weights = 64 * (128 + 9)
    assert set(row) == UNREALIZABLE_KEYS
    assert (row["applicable"], row["realizable"], row["multiplier"]) == (True, False, "sqrt(2)")
    assert row["weights"] is row["macs"] is row["macs_per_position"] is row["saving"] is None
    assert row["exact"] == {
        "weights": f"{weights}*sqrt(2)",
        "macs_per_position": f"{weights}*sqrt(2)",
        "macs": f"{weights * 4}*sqrt(2)",
    }
    assert row["approx"] == pytest.approx(
        {
            "weights": weights * math.sqrt(2),
            "macs_per_position": weights * math.sqrt(2),
            "macs": weights * 4 * math.sqrt(2),
        }
    )
    assert row["nearest_multipliers"] == [1, 2]
    nothing = {"weights": None, "macs_per_position": None, "macs": None}
    assert row["stages"] == [
        {"stage": "depthwise", "n_i": 64, "n_o": None, "groups": 64, "kernel": [3, 3], **nothing},
        {"stage": "pointwise", "n_i": None, "n_o": 128, "groups": 1, "kernel": [1, 1], **nothing},
    ]


def test_exact_costs_that_have_no_size_are_null_too():
    row = rows("compare", "--ni", "64", "--gamma", "9/4")["generalized"]
    assert row["exact"]["weights"] == str(9 * 64 * (144 + 9) // 4) == "22032"
    assert row["exact"]["macs"] is row["approx"]["macs"] is None


@pytest.mark.parametrize("exponent", [9, 8])
def test_counts_are_whole_at_the_largest_sizes(exponent):
    largest = 10**exponent
    line = ["compare", *("--no", "--ni", "-k", "-s")]
    typed = [line[0], *(word for option in line[1:] for word in (option, str(largest)))]
    standard = rows(*typed)["standard"]
    assert standard["macs"] == largest**6
    assert f"{largest**6:,}" in sepcost(*typed).text


def test_the_baseline_is_the_scheme_asked_for():
    document = sepcost(*WIDENING, "--against", "separable", "-f", "json").json
    savings = {row["scheme"]: row["saving"]["weights"] for row in document["schemes"]}
    assert document["against"] == "separable"
    assert savings == {
        "standard": 16_960 / 147_456,
        "separable": 1.0,
        "generalized": 1 / 4,
        "distributed": 1 / 2,
    }


def test_a_baseline_that_cannot_be_built_leaves_savings_null():
    assert {row["saving"] for row in rows(*IRRATIONAL, "--against", "distributed").values()} == {None}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (["separable"], ["separable"]),
        (["distributed", "separable"], ["distributed", "separable"]),
        (["separable", "separable"], ["separable"]),
    ],
)
def test_scheme_shows_what_is_asked_for_in_that_order(asked, shown):
    options = [word for scheme in asked for word in ("--scheme", scheme)]
    assert list(rows(*WIDENING, *options)) == shown


def test_channels_and_gamma_come_two_at_a_time():
    by_channels = sepcost(*WIDENING, "-f", "json").json
    for options in (["--ni", "64", "--gamma", "4"], ["--no", "256", "--gamma", "4"]):
        assert sepcost("compare", *options, "-f", "json").json == by_channels
    long = ["--out-channels", "256", "--in-channels", "64", "--kernel", "3", "--format", "json"]
    assert sepcost("compare", *long).json == by_channels


def test_bias_counts_a_weight_per_output_channel_of_each_stage():
    row = rows(*WIDENING, "--bias")["separable"]
    assert row["weights"] == 64 * (256 + 9) + 64 + 256
    assert row["macs_per_position"] == 64 * (256 + 9)
    assert row["saving"] == {"weights": (147_456 + 256) / row["weights"], "macs": 147_456 / 16_960}


def test_csv_has_one_line_a_scheme_and_nothing_for_no_number():
    done = sepcost(*IRRATIONAL, "-f", "csv")
    heading, *lines = done.text.splitlines()
    assert heading == COLUMNS
    weights = 64 * (128 + 9)
    saving = 64 * 128 * 9 / weights
    assert lines[1] == f"separable,true,true,1,{weights},{weights},,{saving},{saving},"
    assert lines[3] == "distributed,true,false,sqrt(2),,,,,,its multiplier sqrt(2) is not whole"
    assert done.out.endswith(b"\n")
    assert b"\r" not in done.out


def test_csv_and_json_hold_the_same_numbers():
    read = list(csv.DictReader(io.StringIO(sepcost(*WIDENING, "-s", "9", "-f", "csv").text)))
    for record, row in zip(read, rows(*WIDENING, "-s", "9").values(), strict=True):
        assert int(record["weights"]) == row["weights"]
        assert int(record["macs"]) == row["macs"]
        assert float(record["saving_macs"]) == row["saving"]["macs"]


def test_csv_gives_the_reason_of_a_row_without_numbers():
    assert sepcost(*NARROWING, "-f", "csv").text.splitlines()[3] == (
        "generalized,false,false,,,,,,,gamma = N_o/N_i = 1/4 is below 1"
    )


def test_markdown_is_a_table_of_as_many_cells_in_each_line():
    lines = sepcost(*IRRATIONAL, "-f", "markdown").text.splitlines()
    assert lines[0] == "**64 → 128 channels, 3×3 kernel, γ = 2**"
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + 4 + 3 * 2  # headings and rule; schemes; stages
    assert {line.count("|") for line in table} == {5 + 1}
    assert table[1] == "| --- | --- | ---: | ---: | ---: |"
    assert "| separable | 64→128 | 8,768 | 8,768 | 8.41× |" in table
    assert "- MACs (1 MAC = 2 FLOPs), bias not counted, batch 1" in lines


def test_latex_is_a_tabular_that_fits_its_columns():
    lines = sepcost(*IRRATIONAL, "-f", "latex").text.splitlines()
    first, last = lines.index(r"\begin{tabular}{llrrr}"), lines.index(r"\end{tabular}")
    body = [line for line in lines[first + 1 : last] if line != r"\hline"]
    assert {line.count(" & ") for line in body} == {4}
    assert all(line.endswith(r" \\") for line in body)
    assert r"separable & 64$\to$128 & 8,768 & 8,768 & 8.41$\times$ \\" in body
    assert lines[0] == r"\noindent\textbf{64 $\to$ 128 channels, 3$\times$3 kernel, $\gamma$ = 2}"
    assert r"\item MACs (1 MAC = 2 FLOPs), bias not counted, batch 1" in lines[last:]


@pytest.mark.parametrize(
    ("option", "held", "exceeded", "line"),
    [
        (
            "--max-weights",
            str(WEIGHTS),
            str(WEIGHTS - 1),
            "weights 4,672 exceed the limit of 4,671 by 1",
        ),
        (
            "--max-macs",
            str(MACS),
            str(MACS - 1),
            "MACs 14,651,392 exceed the limit of 14,651,391 by 1",
        ),
        ("--max-weights", "4.672k", "4.671k", "weights 4,672 exceed the limit of 4,671 by 1"),
        (
            "--min-saving",
            "576/73",
            "577/73",
            "saving in MACs 576/73 ~ 7.89 is below the limit of 577/73 ~ 7.904",
        ),
    ],
)
def test_a_limit_is_inclusive_and_exact(option, held, exceeded, line):
    assert sepcost(*SEPARABLE, option, held).code == 0
    done = sepcost(*SEPARABLE, option, exceeded)
    assert (done.code, done.err) == (1, f"sepcost compare: {line}\n")


def test_a_scheme_whose_stages_branch_is_shown_from_the_input_to_the_whole_output():
    line = [
        "--ni",
        "96",
        "--no",
        "128",
        "--scheme",
        "fire",
        "--schemes",
        str(ROOT / "examples" / "schemes.toml"),
    ]
    shown = [text.split()[:2] for text in sepcost("compare", *line).text.splitlines()]
    # Two branches of 64 channels make the 128 that the layer writes.
    assert [each for each in shown if "->" in "".join(each[1:])][-4:] == [
        ["fire", "96->128"],
        ["squeeze", "96->24"],
        ["expand1x1", "24->64"],
        ["expand3x3", "24->64"],
    ]


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "latex"])
def test_on_exit_1_stdout_still_has_the_full_result(format_):
    free = sepcost(*SEPARABLE, "-f", format_)
    held = sepcost(*SEPARABLE, "--max-macs", "1", "-f", format_)
    assert (free.code, held.code) == (0, 1)
    if format_ == "json":
        assert {**held.json, "budgets": []} == free.json
    else:
        assert held.out == free.out


def test_each_limit_that_is_not_held_is_a_line_and_every_limit_a_budget():
    done = sepcost(*SEPARABLE, "--max-weights", "1", "--max-macs", "1G", "--min-saving", "8", "-f", "json")
    assert done.code == 1
    assert done.err.splitlines() == [
        f"sepcost compare: weights 4,672 exceed the limit of 1 by {4672 - 1:,}",
        "sepcost compare: saving in MACs 576/73 ~ 7.89 is below the limit of 8",
    ]
    assert done.json["budgets"] == [
        {"name": "max_weights", "metric": "weights", "limit": 1, "value": WEIGHTS, "passed": False},
        {"name": "max_macs", "metric": "macs", "limit": 10**9, "value": MACS, "passed": True},
        {
            "name": "min_saving_macs",
            "metric": "saving_macs",
            "limit": 8.0,
            "value": float(SAVING),
            "passed": False,
        },
    ]


def test_min_saving_holds_for_weights_too_where_biases_are_counted():
    with_bias = Fraction(64 * 64 * 9 + 64, WEIGHTS + 64 + 64)
    assert with_bias == Fraction(577, 75) < SAVING
    assert sepcost(*SEPARABLE, "--min-saving", "576/73").code == 0
    assert sepcost(*SEPARABLE, "--bias", "--min-saving", "577/75").code == 0
    done = sepcost(*SEPARABLE, "--bias", "--min-saving", "576/73", "-f", "json")
    assert done.code == 1
    said = "saving in weights 577/75 ~ 7.693 is below the limit of 576/73 ~ 7.89"
    assert done.err == f"sepcost compare: {said}\n"
    passed = {budget["metric"]: budget["passed"] for budget in done.json["budgets"]}
    assert passed == {"saving_macs": True, "saving_weights": False}


def test_a_saving_is_measured_against_the_baseline_asked_for():
    gate = (*WIDENING, "--scheme", "distributed", "--against", "generalized", "--min-saving")
    assert sepcost(*gate, "2").code == 0
    assert sepcost(*gate, "2.00000001").code == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--no 64 --ni 64 -s 56 --max-macs 1G", "--scheme: a limit holds for one scheme"),
        (
            "--no 64 --ni 64 -s 56 --scheme separable --scheme standard --max-macs 1G",
            "--scheme: a limit holds for one scheme",
        ),
        (
            "--no 64 --ni 64 --scheme separable --max-macs 1G",
            "--max-macs: MACs need the input's size: give -s",
        ),
        (
            "--no 16 --ni 64 --scheme generalized --max-weights 1G",
            "--scheme: generalized is not applicable: gamma = N_o/N_i = 1/4 is below 1",
        ),
        (
            "--no 128 --ni 64 --scheme distributed --max-weights 1G",
            "--scheme: distributed is not realizable: its multiplier sqrt(2) is not whole",
        ),
        (
            "--no 144 --ni 64 --scheme generalized --min-saving 1",
            "--scheme: generalized is not realizable: its multiplier 9/4 is not whole",
        ),
        (
            "--no 128 --ni 64 --scheme separable --against distributed --min-saving 1",
            "--against: distributed cannot be built for this layer",
        ),
    ],
)
def test_a_limit_that_cannot_be_measured_is_never_a_pass(line, problem):
    done = sepcost("compare", *line.split())
    assert done.refusal.startswith(problem)


def test_an_approximation_is_a_finite_number_at_the_largest_sizes():
    largest = str(10**9)
    approx = rows(*IRRATIONAL, "-s", largest, "-k", largest)["distributed"]["approx"]["macs"]
    assert approx == pytest.approx(64 * (128 + 10**18) * math.sqrt(2) * 10**18)
