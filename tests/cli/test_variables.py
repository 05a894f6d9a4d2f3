"""Options that environment variables set, and colour as other programs read it from them."""

import click
import pytest

from sepcost.cli.group import root
from sepcost.cli.variables import variables
from tests.cli.program import sepcost

COMPARE = ("compare", "--no", "256", "--ni", "64")
CONTEXT = click.Context(root)
COMMANDS = {name: root.get_command(CONTEXT, name) for name in root.list_commands(CONTEXT)}


@pytest.mark.parametrize("name", ["SEPCOST_FORMAT", "SEPCOST_COMPARE_FORMAT"])
def test_a_variable_sets_an_option(name):
    assert sepcost(*COMPARE, **{name: "json"}).out == sepcost(*COMPARE, "-f", "json").out


def test_the_command_line_goes_before_the_command_s_variable_and_that_before_the_common_one():
    both = {"SEPCOST_COMPARE_FORMAT": "csv", "SEPCOST_FORMAT": "markdown"}
    assert sepcost(*COMPARE, **both).out == sepcost(*COMPARE, "-f", "csv").out
    assert sepcost(*COMPARE, "-f", "json", **both).out == sepcost(*COMPARE, "-f", "json").out
    assert sepcost("formula", **both).out == sepcost("formula", "-f", "markdown").out


@pytest.mark.parametrize(
    ("file", "options", "as_format"),
    [("e.csv", (), "csv"), ("e.MD", (), "markdown"), ("e.csv", ("-f", "latex"), "latex"), ("e", (), "json")],
)
def test_a_file_s_ending_goes_before_a_variable_and_an_option_before_both(file, options, as_format, tmp_path):
    done = sepcost(*COMPARE, *options, "-o", str(tmp_path / file), SEPCOST_FORMAT="json")
    assert (done.code, done.out) == (0, b"")
    assert (tmp_path / file).read_bytes() == sepcost(*COMPARE, "-f", as_format).out


@pytest.mark.parametrize("name", ["SEPCOST_NO", "SEPCOST_OUT_CHANNELS", "SEPCOST_COMPARE_OUT_CHANNELS"])
def test_an_option_s_every_long_name_is_a_variable(name):
    assert sepcost("compare", "--ni", "64", **{name: "256"}) == sepcost(*COMPARE)


def test_flags_and_repeated_options_are_set_too():
    size = ("-s", "56", "-f", "csv")
    done = sepcost(*COMPARE, *size, SEPCOST_FUSED="1", SEPCOST_SCHEME="standard separable")
    assert done == sepcost(*COMPARE, *size, "--fused", "--scheme", "standard", "--scheme", "separable")
    assert sepcost(*COMPARE, SEPCOST_BIAS="last") == sepcost(*COMPARE, "--bias", "last")
    assert sepcost(*COMPARE, SEPCOST_BIAS="1") == sepcost(*COMPARE, "--bias")
    assert sepcost(*COMPARE, SEPCOST_BIAS="0") == sepcost(*COMPARE)


def test_a_variable_holds_a_limit_too():
    done = sepcost(*COMPARE, "--scheme", "separable", SEPCOST_MAX_WEIGHTS="16959")  # 64 * (256 + 9) = 16,960
    assert done.code == 1
    assert done.out


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("SEPCOST_FORMAT", "jsno", "'jsno' is not one of "),
        ("SEPCOST_COMPARE_STRIDE", "0", "'0' is not a whole number"),
        ("SEPCOST_GAMMA", "1/2", "'1/2' is below 1"),
        # Said by whoever uses the value, not by whoever reads it.
        ("SEPCOST_MAX_MACS", "1M", "MACs need the input's size"),
        ("SEPCOST_PEAK", "1M", "cannot be used with --machine"),
        ("SEPCOST_MACHINE", "h1oo-fp16", "'h1oo-fp16' is not a machine"),
        ("SEPCOST_FUSED", "maybe", "'maybe' is not 1 or 0: 1 sets --fused"),
    ],
)
def test_a_problem_names_the_variable_that_it_is_about(variable, value, problem):
    more = ("--machine", "h100-fp16", "-s", "56") if variable == "SEPCOST_PEAK" else ("--scheme", "separable")
    assert sepcost(*COMPARE, *more, **{variable: value}).refusal.startswith(f"{variable}: {problem}")


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("SEPCOST_MAX_MAC", "; did you mean SEPCOST_MAX_MACS?"),
        ("SEPCOST_COMPARE_MAX_MAC", "; did you mean SEPCOST_COMPARE_MAX_MACS?"),
        ("SEPCOST_CHECK_MAX_MACS", "; did you mean "),
        ("SEPCOST_MAX_LATENCY", "; did you mean SEPCOST_MAX_TIME?"),
    ],
)
def test_a_variable_that_would_hold_nothing_to_a_limit_is_refused(variable, hint):
    line = sepcost(*COMPARE, **{variable: "1"}).refusal
    assert line.startswith(f"{variable}: sets no option of any command: unset it{hint}")
    assert sepcost("compare", "--help", **{variable: "1"}).code == 0


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("SEPCOST_KERNAL", "SEPCOST_KERNEL"),
        ("SEPCOST_K", "SEPCOST_KERNEL"),
        ("SEPCOST_KERNEL_SIZE", "SEPCOST_KERNEL"),
        ("SEPCOST_COMPARE_FORMT", "SEPCOST_COMPARE_FORMAT"),
        ("SEPCOST_OUT", "SEPCOST_OUT_CHANNELS or SEPCOST_OUTPUT"),
    ],
)
def test_a_variable_that_looks_misspelt_is_named_and_changes_nothing(variable, meant):
    code, out, said = sepcost(*COMPARE, **{variable: "5"})
    assert said == f"sepcost compare: {variable} sets no option; did you mean {meant}?\n"
    assert (code, out) == sepcost(*COMPARE)[:2]


@pytest.mark.parametrize("variable", ["SEPCOST_HOME", "SEPCOST_DEBUG", "SEPCOST_TOP", "SEPCOST_AUDIT_TOP"])
def test_a_variable_of_another_command_or_program_is_passed_over(variable):
    assert sepcost(*COMPARE, **{variable: "5"}) == sepcost(*COMPARE)


@pytest.mark.parametrize("variable", ["SEPCOST_MAX_MACS", "SEPCOST_AUDIT_MAX_MACS", "SEPCOST_MIN_SAVING"])
def test_a_limit_of_another_command_is_none_of_this_one(variable):
    assert sepcost("schemes", **{variable: "1"}) == sepcost("schemes")


def test_where_the_command_line_is_wrong_no_variable_is_named():
    done = sepcost(*COMPARE, "-f", "jsno", SEPCOST_FORMAT="json")
    assert done.refusal.startswith("-f: 'jsno'")


def test_an_option_that_has_no_meaning_is_refused_from_a_variable_too(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text("channels = 3\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\n")
    done = sepcost("fit", str(path), "--max-macs", "1M", SEPCOST_FIT_STRIDE="2")
    assert done.refusal.startswith("SEPCOST_FIT_STRIDE: is for one layer")


NEEDS_SIZE = "-s: is missing: bytes moved need the input's size; the environment sets SEPCOST_MACHINE\n"


@pytest.mark.parametrize(
    ("line", "variables", "problem"),
    [
        (COMPARE, {"SEPCOST_MACHINE": "h100-fp16"}, NEEDS_SIZE),
        (COMPARE, {"SEPCOST_MACHINE": "h100-fp16", "SEPCOST_FORMAT": "json"}, NEEDS_SIZE),
        (("sweep", *COMPARE[1:]), {"SEPCOST_MACHINE": "h100-fp16"}, NEEDS_SIZE),
        (
            ("audit", "network.toml", "--expect-macs", "1M"),
            {"SEPCOST_BATCH": "2", "SEPCOST_FUSED": "1"},
            "--expect-macs: cannot be used with a machine, --bytes, --fused and --batch; "
            "the environment sets SEPCOST_FUSED, SEPCOST_BATCH\n",
        ),
        (
            COMPARE,
            {"SEPCOST_MAX_WEIGHTS": "10k"},
            "--scheme: a limit holds for one scheme: give one, such as --scheme separable; "
            "the environment sets SEPCOST_MAX_WEIGHTS\n",
        ),
        (("breakeven", "-k", "0"), {"SEPCOST_MACHINE": "h100-fp16"}, "-k: '0' is not a whole number"),
        (("audit", "none.toml"), {"SEPCOST_TOP": "3"}, "none.toml: cannot be read"),
    ],
)
def test_what_is_wrong_for_a_variable_alone_names_it(line, variables, problem):
    said = f"{sepcost(*line, **variables).refusal}\n"
    assert said.startswith(problem)
    assert ("SEPCOST" in said) == ("SEPCOST" in problem)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_variable_of_its_own(name):
    options = [option for option in COMMANDS[name].params if isinstance(option, click.Option)]
    named = [variable for option in options for variable in variables(option, name)]
    assert len(set(named)) == len(named)
    assert all(option.envvar for option in options)


STYLED = b"\x1b["
FORCING = [{"FORCE_COLOR": "1"}, {"FORCE_COLOR": "3"}, {"FORCE_COLOR": "true"}, {"CLICOLOR_FORCE": "1"}]


@pytest.mark.parametrize("changes", FORCING, ids=str)
def test_colour_is_forced_into_a_pipe(changes):
    assert sepcost(*COMPARE, **changes).out == sepcost(*COMPARE, "--color", "always").out
    assert STYLED in sepcost(*COMPARE, TERM="dumb", columns=100, **changes).out


@pytest.mark.parametrize("changes", FORCING, ids=str)
@pytest.mark.parametrize(("line", "off"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {})])
def test_no_color_and_the_option_go_before_what_forces_colour(changes, line, off):
    for columns in (None, 100):
        assert STYLED not in sepcost(*COMPARE, *line, columns=columns, **changes, **off).out


@pytest.mark.parametrize("changes", FORCING, ids=str)
def test_forced_colour_reaches_neither_data_nor_files(changes, tmp_path):
    for format_ in ("json", "csv", "markdown", "latex"):
        assert sepcost(*COMPARE, "-f", format_, **changes) == sepcost(*COMPARE, "-f", format_)
    assert sepcost(*COMPARE, "-o", str(tmp_path / "costs.txt"), **changes).code == 0
    assert (tmp_path / "costs.txt").read_bytes() == sepcost(*COMPARE).out


@pytest.mark.parametrize(
    "changes", [{"CLICOLOR": "0"}, {"FORCE_COLOR": "0"}, {"FORCE_COLOR": "false"}, {"TERM": "dumb"}], ids=str
)
def test_colour_is_switched_off_on_a_terminal(changes):
    assert STYLED not in sepcost(*COMPARE, columns=100, **changes).out
    assert STYLED in sepcost(*COMPARE, "--color", "always", columns=100, **changes).out


@pytest.mark.parametrize(
    "changes",
    [{"CLICOLOR": "1"}, {"CLICOLOR": ""}, {"CLICOLOR_FORCE": "0"}, {"FORCE_COLOR": ""}, {"NO_COLOR": ""}],
    ids=str,
)
def test_what_asks_for_nothing_changes_nothing(changes):
    assert sepcost(*COMPARE, columns=100, **changes).out == sepcost(*COMPARE, columns=100).out
    assert sepcost(*COMPARE, **changes).out == sepcost(*COMPARE).out
