"""sepcost breakeven: what its JSON and its other formats promise; what is solved is tested beside."""

import csv
import io
from math import sqrt

import pytest

from sepcost.solver import solve as solver
from sepcost.solver.symbolic import TAPS, UndecidedError
from tests.cli.program import sepcost
from tests.own import FIRE, as_toml
from tests.printed import holds, parsed_latex, value_of

RESULT_KEYS = {
    "scheme",
    "metrics",
    "verdict",
    "condition",
    "latex",
    "intervals",
    "first",
    "last",
    "strictly_first",
    "strictly_last",
    "first_realizable",
    "last_realizable",
    "strictly",
    "constraints",
    "independent",
    "cases",
}
QUESTIONS = [
    "",
    "--gamma 4",
    "--bias",
    "-k any",
    "--for gamma --ni 4",
    "--for gamma --ni 1 --bias",
    "--for gamma",
    "--for ni",
    "--for ni --no 64",
    "--for kernel",
    "--for kernel --no 64 --gamma 2",
    "--ni 64 --gamma 4",
    "--against separable --tied",
    "-k 1",
    "--for expansion --no 64 --ni 64",
    "--for reduction --no 64",
    "--scheme all --ni 64 --against bottleneck",
    "--scheme all --against blueprint",
    "--scheme distributed --ni 64 --against inverted -k any",
    "--scheme inverted --scheme grouped --ni 64 --stride 2 -s 56",
    "--scheme spatial --scheme separable --ni 64 -k any --against inverted",
]


def document(line):
    done = sepcost("breakeven", *line.split(), "-f", "json")
    assert (done.code, done.err) == (0, "")
    return done.json


def result(line, scheme):
    return next(row for row in document(line)["results"] if row["scheme"] == scheme)


def test_json_says_what_was_asked_and_what_is_counted():
    found = document("--gamma 4")
    assert list(found) == ["schema", "convention", "unknown", "against", "given", "tied", "results"]
    assert found["schema"] == "sepcost/breakeven/1"
    assert found["convention"] == {"unit": "MAC", "bias": False, "batch": 1}
    assert (found["unknown"], found["against"], found["tied"]) == ("N_o", "standard", False)
    assert found["given"] == {"f_r": 3, "f_c": 3, "gamma": "4"}
    assert [row["scheme"] for row in found["results"]] == ["separable", "generalized", "distributed"]


def test_a_result_of_json():
    assert result("--gamma 4", "generalized") == {
        "scheme": "generalized",
        "metrics": ["weights", "macs"],
        "verdict": "from",
        "condition": "N_o >= 36/5",
        "first_realizable": 8,
        "last_realizable": None,
        "latex": r"N_o \geq \frac{36}{5}",
        "intervals": [
            {"lower": "36/5", "upper": None, "lower_approx": 4 * 9 / (9 - 4), "upper_approx": None}
        ],
        "first": 8,
        "last": None,
        "strictly_first": 8,
        "strictly_last": None,
        "strictly": None,
        "constraints": [],
        "independent": False,
        "cases": [],
    }


@pytest.mark.parametrize(
    ("word", "unknown", "given"),
    [
        ("no --ni 64", "N_o", {"f_r": 3, "f_c": 3, "n_i": 64}),
        ("ni --no 64", "N_i", {"f_r": 3, "f_c": 3, "n_o": 64}),
        ("gamma -k 3x5", "gamma", {"f_r": 3, "f_c": 5}),
        ("gamma -k any", "gamma", {}),
        ("kernel --gamma 9/4", "k", {"gamma": "9/4"}),
    ],
)
def test_the_unknown_and_what_is_given(word, unknown, given):
    found = document(f"--for {word} --scheme separable")
    assert (found["unknown"], found["given"]) == (unknown, given)


def test_an_interval_with_irrational_ends():
    row = result("--for gamma --ni 4", "distributed")
    assert (row["verdict"], row["condition"]) == ("up_to", "gamma <= 153/4 + 27*sqrt(2)")
    assert row["intervals"] == [
        {
            "lower": None,
            "upper": "153/4 + 27*sqrt(2)",
            "lower_approx": None,
            "upper_approx": pytest.approx(153 / 4 + 27 * sqrt(2)),
        }
    ]
    assert (row["first"], row["last"], row["last_realizable"]) == (1, 76, 8 * 8)
    assert set(row) == RESULT_KEYS


def test_what_depends_on_a_symbol_comes_in_cases():
    row = result("", "generalized")
    assert row["verdict"] == "depends"
    assert row["condition"] == "N_o >= 9*gamma/(9 - gamma) where gamma < 9"
    assert row["intervals"] == []
    assert row["first"] is row["last"] is row["strictly_first"] is row["strictly_last"] is None
    assert row["cases"] == [
        {
            "when": "gamma < 9",
            "condition": "N_o >= 9*gamma/(9 - gamma)",
            "latex": r"N_o \geq \frac{9 \gamma}{9 - \gamma}",
        }
    ]


def test_what_always_or_never_holds_has_no_bounds():
    always = result("--for gamma --ni 4", "separable")
    assert (always["verdict"], always["condition"], always["independent"]) == ("always", "always", False)
    never = result("-k 1", "separable")
    assert (never["verdict"], never["intervals"], never["first"]) == ("never", [], None)
    assert result("--for gamma --no 64", "separable")["independent"] is True


def test_a_scheme_that_is_not_applicable_says_why():
    row = result("--ni 4 --gamma 4", "distributed")
    assert set(row) == RESULT_KEYS | {"reason"}
    assert (row["verdict"], row["condition"], row["latex"]) == ("not_applicable", None, None)
    assert row["reason"] == "N_o = gamma N_i is fixed by the gamma and N_i given"


@pytest.mark.parametrize("line", QUESTIONS)
def test_every_result_has_the_same_keys(line):
    found = document(line)
    for row in found["results"]:
        expected = set(RESULT_KEYS)
        expected |= {"reason"} if row["verdict"] in ("not_applicable", "undecided") else set()
        assert set(row) == expected
        assert (row["cases"] != []) == (row["verdict"] == "depends")
        assert all(set(case) == {"when", "condition", "latex"} for case in row["cases"])
        for interval in row["intervals"]:
            assert set(interval) == {"lower", "upper", "lower_approx", "upper_approx"}


@pytest.mark.parametrize(
    "line", ["--gamma 4", "--for gamma --ni 4", "--for gamma --ni 1 --bias", "--gamma 2"]
)
def test_exact_bounds_are_read_back_as_their_approximations(line):
    for row in document(line)["results"]:
        for interval in row["intervals"]:
            for end in ("lower", "upper"):
                if interval[end] is not None:
                    assert float(value_of(interval[end])) == pytest.approx(interval[f"{end}_approx"])


def test_bias_separates_weights_from_macs():
    rows = document("--bias --scheme separable")["results"]
    assert [(row["metrics"], row["condition"]) for row in rows] == [
        (["weights"], "N_o >= 5/4"),
        (["macs"], "N_o >= 9/8"),
    ]
    assert document("--bias")["convention"]["bias"] is True


@pytest.mark.parametrize(("metric", "threshold"), [("weights", "5/4"), ("macs", "9/8")])
def test_metric_asks_for_one_alone(metric, threshold):
    (row,) = document(f"--bias --scheme separable --metric {metric}")["results"]
    assert (row["metrics"], row["condition"]) == ([metric], f"N_o >= {threshold}")


def test_scheme_and_against_choose_the_pair():
    found = document("--scheme distributed --against separable --gamma 4")
    assert found["against"] == "separable"
    assert [(row["scheme"], row["verdict"]) for row in found["results"]] == [("distributed", "never")]
    assert [row["scheme"] for row in document("--scheme separable --scheme separable")["results"]] == [
        "separable"
    ]


def test_tied_holds_generalized_to_n_o_of_gamma_n_i():
    assert document("--tied --gamma 5/2")["tied"] is True
    free, tied = result("--gamma 5/2", "generalized"), result("--gamma 5/2 --tied", "generalized")
    threshold = 5 / 2 * 9 / (9 - 5 / 2)
    assert free["condition"] == tied["condition"] == "N_o >= 45/13"
    assert threshold == pytest.approx(45 / 13)
    assert (free["first"], tied["first"]) == (4, 5)  # tied, N_o is a multiple of 5


def test_steps_are_added_where_they_are_asked_for():
    assert result("--scheme separable --steps", "separable")["steps"] == [
        "9*N_o*N_i >= N_i*(N_o + 9)",
        "9*N_o >= N_o + 9",
        "8*N_o >= 9",
        "N_o >= 9/8",
    ]
    assert "steps" not in result("--scheme separable", "separable")
    table = sepcost("breakeven", "--scheme", "separable", "--steps").text
    assert "\nseparable\n  9*N_o*N_i >= N_i*(N_o + 9)\n  9*N_o >= N_o + 9\n  8*N_o >= 9\n" in table


def test_csv_has_one_line_a_result_with_the_bounds():
    read = list(csv.DictReader(io.StringIO(sepcost("breakeven", "--gamma", "4", "-f", "csv").text)))
    assert read[1] == {
        "scheme": "generalized",
        "metrics": "weights macs",
        "verdict": "from",
        "condition": "N_o >= 36/5",
        "lower": "36/5",
        "upper": "",
        "lower_approx": "7.2",
        "upper_approx": "",
        "first": "8",
        "last": "",
        "strictly_first": "8",
        "strictly_last": "",
        "last_realizable": "",
        "independent": "false",
        "reason": "",
        "strictly": "",
        "constraints": "",
        "first_realizable": "8",
    }


def test_the_table_gives_decimals_and_whole_numbers_beside_the_threshold():
    lines = sepcost("breakeven", "--gamma", "4").text.splitlines()
    assert lines[0] == "N_o at which each costs no more than standard: 3x3 kernel, gamma = 4"
    assert [line.split() for line in lines[2:6]] == [
        ["scheme", "pays", "when", "about", "first", "last"],
        ["separable", "N_o", ">=", "9/8", "1.125", "2", "-"],
        ["generalized", "N_o", ">=", "36/5", "7.2", "8", "-"],
        ["distributed", "N_o", ">=", "18/7", "2.571", "4", "-"],
    ]
    assert lines[-1] == "MACs (1 MAC = 2 FLOPs), bias not counted, batch 1"


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("-k 1x2 --scheme separable", "separable: equal at 2, costs less from 3 on"),
        ("--for gamma --ni 1 -k 2 --scheme distributed", "distributed: costs the same, never less"),
        ("--for gamma --ni 4", "distributed: the last gamma with a whole multiplier is 64"),
        (
            "--for gamma --ni 1 --bias --scheme distributed",
            "distributed, weights: the first gamma with a whole multiplier is 4, the last 49",
        ),
        ("--against generalized", "separable: costs less where gamma > 1, else the same"),
        ("--against generalized --for ni -k any", "distributed: costs less where gamma > 1, else the same"),
        ("--against separable", "generalized: costs the same, never less"),
        (
            "--ni 4 --gamma 4",
            "distributed: not applicable: N_o = gamma N_i is fixed by the gamma and N_i given",
        ),
    ],
)
def test_the_table_notes_what_the_numbers_alone_would_hide(line, note):
    assert note in sepcost("breakeven", *line.split()).text.splitlines()


@pytest.mark.parametrize(
    ("line", "scheme", "strictly"),
    [
        ("--gamma 4", "separable", None),  # strictly_first says it
        ("--against generalized", "separable", "gamma > 1"),
        ("--against generalized", "standard", "always"),  # at 1 or above, whatever gamma
        ("--against separable", "distributed", "never"),
        ("", "generalized", "gamma < 9"),
    ],
)
def test_json_and_csv_say_where_a_scheme_costs_less(line, scheme, strictly):
    row = result(line, scheme)
    assert row["strictly"] == strictly
    assert (row["strictly_first"] is None) == (strictly is not None)
    read = csv.DictReader(io.StringIO(sepcost("breakeven", *line.split(), "-f", "csv").text))
    assert {found["scheme"]: found["strictly"] for found in read}[scheme] == (strictly or "")


def test_an_undecided_row_names_the_option_to_give_and_only_if_all_are_it_is_an_error(monkeypatch):
    answered = solver.answered

    def answer(row, *arguments):
        if row.scheme == "separable":
            raise UndecidedError(TAPS)
        return answered(row, *arguments)

    monkeypatch.setattr(solver, "answered", answer)
    reason = "cannot be decided while F_r*F_c is free: give -k"
    done = sepcost("breakeven", "-k", "any")
    assert (done.code, done.err) == (0, "")
    assert f"separable: {reason}" in done.text.splitlines()
    row = result("-k any", "separable")
    assert (row["verdict"], row["reason"]) == ("undecided", reason)
    assert (row["condition"], row["intervals"], row["cases"], row["first"]) == (None, [], [], None)
    done = sepcost("breakeven", "-k", "any", "--scheme", "separable")
    assert (done.code, done.out, done.err) == (2, b"", f"sepcost breakeven: separable: {reason}\n")


def test_a_parameter_is_solved_for_by_its_name():
    """64 · 64 · 9 ≥ t 64 (64 + 9 + 64): t ≤ 576/137 = 4.2; the first stage is there from 2 on."""
    found = document("--for expansion --no 64 --ni 64")
    assert found["unknown"] == "expansion"
    (row,) = found["results"]
    assert (row["scheme"], row["condition"], row["first"], row["last"]) == (
        "inverted",
        "expansion <= 576/137",
        2,
        4,
    )
    lines = sepcost("breakeven", "--for", "expansion", "--no", "64", "--ni", "64").text.splitlines()
    assert lines[0].startswith("expansion at which each costs no more than standard")
    assert lines[3].split() == ["inverted", "expansion", "<=", "576/137", "4.204", "2", "4"]
    assert "inverted: expansion is at least 2 here: channels between over N_i; 1 has no first stage" in lines


def test_parameters_that_are_given_are_said_and_those_that_are_not_have_their_usual_values():
    found = document("--scheme grouped --groups 4 --against separable")
    assert found["given"] == {"f_r": 3, "f_c": 3, "groups": 4}
    text = sepcost("breakeven", "--scheme", "bottleneck", "--ni", "64", "--against", "grouped").text
    assert "bottleneck: reduction = 4 unless given" in text
    assert "grouped: groups = 2 unless given" in text


def test_a_bound_without_a_closed_form_is_a_decimal_and_its_polynomial():
    """With x² = N_o/64; in JSON as CRootOf, which SymPy evaluates, beside its approximation."""
    line = "--scheme distributed --ni 64 --against bottleneck --steps"
    (interval,) = result(line, "distributed")["intervals"]
    assert interval["lower"] == "64*CRootOf(52*x**3 - 64*x**2 + 16*x - 9, 0)**2"
    x = sqrt(interval["lower_approx"] / 64)
    assert 52 * x**3 - 64 * x**2 + 16 * x - 9 == pytest.approx(0, abs=1e-9)
    lines = sepcost("breakeven", *line.split()).text.splitlines()
    assert ["distributed", "N_o", ">=", "76.6151...", "76.62", "80", "-"] in [each.split() for each in lines]
    assert (
        "distributed: 76.6151... is 64*x**2, where x = 1.09412... solves 52*x**3 - 64*x**2 + 16*x - 9 = 0"
        in lines
    )
    assert "  zero where sqrt(N_o)/8 = 1.09412..." in lines


def test_strided_macs_need_a_size_where_the_stages_of_a_scheme_write_several_maps():
    rows = document("--scheme inverted --ni 64 --stride 2")["results"]
    assert [row["verdict"] for row in rows] == ["from", "undecided"]
    assert rows[1]["reason"] == "cannot be decided while L_r*L_c is free: give -s"
    done = sepcost("breakeven", *["--scheme", "inverted", "--ni", "64", "--stride", "2", "--metric", "macs"])
    assert done.refusal.endswith("give -s")
    found = document("--scheme inverted --ni 64 --stride 2 -s 56")
    assert [row["condition"] for row in found["results"]] == ["N_o >= 146", "N_o >= 530"]
    assert (found["given"]["l_r"], found["given"]["stride"]) == (56, [2, 2])


def test_a_scheme_of_a_file_is_asked_about_like_any_other(tmp_path):
    """384 s ≤ 64 · 64 · 9 for fire's squeeze of s channels: s (64 + 32 + 32 · 9)."""
    path = tmp_path / "fire.toml"
    path.write_text(as_toml(FIRE))
    (row,) = document(f"--schemes {path} --for s --scheme fire --ni 64 --no 64")["results"]
    assert (row["condition"], row["first"], row["last"]) == ("s <= 96", 1, 96)
    assert result(f"--schemes {path} --scheme fire --ni 64", "fire")["condition"] == "N_o >= 64/31"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--for grops", "--for: 'grops' is not one of no, ni, gamma, kernel, balance, groups"),
        ("--for groups --groups 4", "--groups: is the unknown"),
        ("-s 8", "-s: is for --metric time and --for balance"),
        ("--dilation 2", "--dilation: is for --metric time and --for balance"),
    ],
)
def test_what_has_no_meaning_for_a_parameter_or_a_map_is_refused(line, problem):
    done = sepcost("breakeven", *line.split())
    assert done.refusal.startswith(problem)


def test_markdown_keeps_its_derivations_apart_from_its_notes():
    lines = sepcost("breakeven", "--scheme", "separable", "--steps", "-f", "markdown").text.splitlines()
    assert r"| separable | N\_o ≥ 9/8 | 1.125 | 2 | - |" in lines
    convention = lines.index("- MACs (1 MAC = 2 FLOPs), bias not counted, batch 1")
    heading = lines.index("**separable**")
    assert convention < heading
    assert lines[heading + 2 :] == [
        r"- 9·N\_o·N\_i ≥ N\_i·(N\_o + 9)",
        r"- 9·N\_o ≥ N\_o + 9",
        r"- 8·N\_o ≥ 9",
        r"- N\_o ≥ 9/8",
    ]


@pytest.mark.parametrize("line", QUESTIONS)
def test_every_line_of_latex_is_read_by_mathtext(line):
    for row in document(f"{line} --steps")["results"]:
        for latex in [row["latex"], *(case["latex"] for case in row["cases"])]:
            if latex is not None:
                parsed_latex(f"${latex}$")
    text = sepcost("breakeven", *line.split(), "--steps", "-f", "latex").text
    steps = [step for step in text.splitlines() if step.startswith(r"\[")]
    assert steps
    for step in steps:
        parsed_latex(step.replace(r"\[", "$").replace(r"\]", "$"))


@pytest.mark.parametrize("first_line", ["--gamma 4", "--for gamma --ni 4", "--for ni --no 64"])
def test_the_condition_is_true_at_first_and_at_last_and_false_beyond(first_line):
    found = document(first_line)
    for row in found["results"]:
        unknown = found["unknown"]
        for value, expected in ((row["first"], True), (row["last"], True)):
            if value is not None and row["verdict"] != "always":
                assert holds(row["condition"], {unknown: value_of(str(value))}) is expected
        if row["verdict"] == "up_to":
            assert not holds(row["condition"], {unknown: value_of(str(row["last"] + 1))})
        if row["verdict"] == "from":
            assert not holds(row["condition"], {unknown: value_of("1")})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--no 64", "--no: is the unknown"),
        ("--for ni --ni 64", "--ni: is the unknown"),
        ("--for gamma --gamma 4", "--gamma: is the unknown"),
        ("--for kernel -k 3", "-k: is the unknown"),
        (
            "--scheme standard,separable",
            "--scheme: 'standard,separable' is not a scheme: "
            "name each by itself, --scheme standard --scheme separable",
        ),
        ("--scheme standard", "--scheme: standard is the baseline"),
        ("--scheme separable --against separable", "--scheme: separable is the baseline"),
    ],
)
def test_a_question_that_answers_itself_is_refused(line, problem):
    done = sepcost("breakeven", *line.split())
    assert done.refusal.startswith(problem)


def test_a_kernel_may_be_left_open_where_it_is_the_unknown():
    assert document("--for kernel -k any") == document("--for kernel")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("--gamma 1", 1),
        ("--gamma 1 --bias", 2),
        ("--ni 64 --no 64 --for balance -s 56", 1),
        ("--metric time --gamma 1 -s 56 --machine h100-fp16", 1),
        ("--gamma 4", 0),
        ("-k 1", 0),
    ],
)
def test_schemes_of_the_same_stages_and_answer_share_a_row_of_the_table_alone(line, rows):
    """With gamma = 1 separable, generalized and distributed are one; with -k 1 not, though none pays."""
    together = "separable, generalized, distributed"
    text = sepcost("breakeven", *line.split()).text
    assert sum(row.startswith(f"{together} ") for row in text.splitlines()) == rows
    text = sepcost("breakeven", *line.split(), "-f", "csv").text
    every = [row["scheme"] for row in csv.DictReader(io.StringIO(text))]
    assert list(dict.fromkeys(every)) == together.split(", ")
    assert [row["scheme"] for row in document(line)["results"]] == every


def test_what_is_said_of_schemes_alike_is_said_once():
    text = sepcost("breakeven", "--for", "balance", "--ni", "64", "--no", "64", "-s", "56").text
    assert text.count("of the known machines") == 1
    steps = sepcost("breakeven", "--gamma", "1", "--steps").text
    assert "\nseparable, generalized\n  9*N_o*N_i >= " in steps
    assert "\ndistributed\n  9*N_o**2 >= " in steps


@pytest.mark.parametrize(
    ("line", "scheme", "held", "value", "gamma"),
    [
        ("--tied --against generalized", "distributed", "gamma divides N_o", 1, "4"),
        ("--tied --against generalized", "separable", "gamma divides N_o", 1, "9/4"),
        ("--for ni --against distributed", "separable", "gamma*N_i is whole", 1, "9/4"),
        ("--for ni --scheme grouped", "grouped", "2 divides gamma*N_i", 2, "9/4"),
    ],
)
def test_where_a_first_value_is_that_of_some_gamma_alone_it_is_said_of_which(
    line, scheme, held, value, gamma
):
    """N_o is gamma N_i there: with gamma 9/4 no N_o below 9 is, which the symbol gamma does not tell."""
    assert f"\n{scheme}: first holds where {held}\n" in sepcost("breakeven", *line.split()).text
    row = result(line, scheme)
    assert (row["first"], row["constraints"]) == (value, [held])
    (read,) = (
        row
        for row in csv.DictReader(io.StringIO(sepcost("breakeven", *line.split(), "-f", "csv").text))
        if row["scheme"] == scheme
    )
    assert read["constraints"] == held
    given = result(f"{line} --gamma {gamma}", scheme)
    assert given["first"] > value
    assert given["constraints"] == []


@pytest.mark.parametrize("line", ["", "--gamma 4", "--for ni --no 64", "--for gamma --ni 4", "--for kernel"])
def test_what_every_layer_can_be_built_with_needs_no_word(line):
    assert " where " not in "".join(
        row for row in sepcost("breakeven", *line.split()).text.splitlines() if ": " in row
    )
    assert all(row["constraints"] == [] for row in document(line)["results"])


@pytest.mark.parametrize(
    ("line", "note"),
    [
        # 4 channels in 3 groups, 6/4 and 6/5 channels between: no value of the unknown makes those whole
        (
            "--scheme grouped --groups 3 --ni 4",
            "grouped: not realizable: its stage convolution has 3 groups, which do not divide 4 channels",
        ),
        (
            "--scheme bottleneck --no 6 --for ni",
            "bottleneck: not realizable: its stage reduce writes 3/2 channels",
        ),
        (
            "--scheme bottleneck --reduction 5 --no 6 --for ni -k any",
            "bottleneck: not realizable: its stage reduce writes 6/5 channels",
        ),
        (
            "--scheme spatial --against grouped --groups 3 --no 4 --ni 6 --for mid",
            "spatial: grouped is not realizable: its stage convolution has 3 groups, which do not divide 4",
        ),
        (
            "--scheme depthwise --no 6 --ni 4 --for kernel",
            "depthwise: not realizable: its multiplier 3/2 is not whole",
        ),
        # up to 18/7, where N_o = 4 N_i is at least 4
        ("--scheme standard --against distributed --gamma 4", "standard: no such N_o gives whole channels"),
    ],
)
def test_where_no_value_can_be_built_the_answer_says_why(line, note):
    done = sepcost("breakeven", *line.split())
    assert done.code == 0
    (said,) = (each for each in done.text.splitlines() if note in each)
    (row,) = sepcost("breakeven", *line.split(), "-f", "json").json["results"]
    assert (row["first"], row["last"]) == (None, None)
    assert said.endswith(row["reason"])


def test_where_nothing_pays_nothing_is_said_of_building_it():
    line = "--scheme grouped --groups 3 --ni 4 --against depthwise --no 8 --for kernel"
    assert "realizable" not in sepcost("breakeven", *line.split()).text
