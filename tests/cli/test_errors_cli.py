"""What is refused, is refused in one line that names the option: exit 2, and nothing on stdout.

THOROUGH sets how many random argument lines are tried; for a long hunt, give 1000.
"""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sepcost.core.schemes import NOTEBOOK_NAMES
from tests.cli.program import ROOT, Done, environment, process, sepcost
from tests.effort import tries

LAYER = ("--no", "64", "--ni", "64")
DIGITS = "9" * 5000

NO_WHOLE_NUMBER = [
    "",
    " ",
    "0",
    "-1",
    "-0",
    "+3",
    "nan",
    "inf",
    "-inf",
    "1e3",
    "3.0",
    "0x10",
    "1_000",
    " 5 ",
    "٣",
    "³",
    "1000000001",
    DIGITS,
    "-" + DIGITS,
    "1\n2",
    "1\x1b[31m",
    "None",
    "__import__('os')",
    "64k",
]
NO_PAIR = [
    *(word for word in NO_WHOLE_NUMBER if word != "0"),
    "0",
    "3x",
    "x3",
    "3x3x3",
    "3X5",
    "3,5",
    "3x0",
    "0x3",
]
NO_RATIO = [
    *(word for word in NO_WHOLE_NUMBER if word != "3.0"),
    "1/0",
    "9/",
    "/4",
    "9/4/2",
    "-9/4",
    "9/-4",
    ".5",
    "5.",
    "1.5e1",
    f"1/{DIGITS}",
    f"1.{'0' * 100}1",
    "1000000001/1000000000",
]
NO_GAMMA = [*NO_RATIO, "1/2", "0.999", "999999999/1000000000"]
NO_LIMIT = [
    "",
    "0",
    "0k",
    "-1",
    "nan",
    "inf",
    "1e6",
    "1_000",
    "٣",
    "k",
    "3Q",
    "3kk",
    "3 M",
    "1.5",
    "0.0001k",
    DIGITS,
]
NO_PADDING = ["", "-1", "sane", "SAME", "1_0", "1x", "1000000001", DIGITS, "same\n"]


def refused(done, command):
    """The one line of a refusal, without the program's name."""
    assert done.err == f"{command}: {done.refusal}\n"
    assert len(done.err) <= 300
    return done.refusal


def cases(**wrong):
    return [
        pytest.param(option, value, id=f"{option}-{number}")
        for option, values in wrong.items()
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    cases(
        **{
            "--no": NO_WHOLE_NUMBER,
            "--ni": NO_WHOLE_NUMBER,
            "-k": NO_PAIR,
            "-s": NO_PAIR,
            "--stride": NO_PAIR,
            "--dilation": NO_PAIR,
            "--padding": NO_PADDING,
            "--gamma": NO_GAMMA,
            "--max-weights": NO_LIMIT,
            "--max-macs": NO_LIMIT,
            "--min-saving": NO_RATIO,
        }
    ),
)
def test_compare_refuses_what_is_no_number_of_the_kind_asked_for(option, value):
    line = refused(sepcost("compare", *LAYER, option, value), "sepcost compare")
    assert line.startswith(f"{option}: ")


@pytest.mark.parametrize("command", ["breakeven", "formula"])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--no", "0"),
        ("--ni", "1_000"),
        ("-k", "3x"),
        ("-k", "every"),
        ("--gamma", "1/2"),
        ("--gamma", "nan"),
        ("--gamma", "__import__('os').system('true')"),
        ("--no", DIGITS),
    ],
)
def test_the_symbolic_commands_refuse_the_same(command, option, value):
    line = refused(sepcost(command, option, value), f"sepcost {command}")
    assert line.startswith(f"{option}: ")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0", "'0' is not a whole number from 1 to 1000000000"),
        ("1000000001", "'1000000001' is not a whole number from 1 to 1000000000"),
        (DIGITS, f"'{'9' * 40}...' is not a whole number from 1 to 1000000000"),
        ("1\x1b[31m", "'1\N{REPLACEMENT CHARACTER}[31m' is not a whole number from 1 to 1000000000"),
    ],
)
def test_a_refusal_shows_what_was_typed_and_what_would_be_right(value, reason):
    assert refused(sepcost("compare", "--no", value, "--ni", "64"), "sepcost compare") == f"--no: {reason}"


def test_the_largest_and_the_smallest_that_are_taken():
    for value in ("1", "1000000000", "0064"):
        assert sepcost("compare", "--no", value, "--ni", "64").code == 0
        assert sepcost("compare", *LAYER, "-k", value, "-s", value).code == 0
    for gamma in ("1", "1.0", "1000000000/1000000000", "1.000000001"[:-1]):
        assert sepcost("breakeven", "--gamma", gamma, "--scheme", "generalized").code == 0
    for limit in ("1", "0.001k", "1.000000000001T", "9" * 64):
        assert sepcost("compare", *LAYER, "--scheme", "separable", "--max-weights", limit).code in (0, 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "--no: is missing: give two of --ni, --no and --gamma"),
        ("--no 64", "--ni: is missing: give two of --ni, --no and --gamma"),
        ("--gamma 4", "--no: is missing: give two of --ni, --no and --gamma"),
        ("--ni 3 --gamma 5/2", "--no: would be 15/2, which is not whole"),
        ("--no 3 --gamma 2", "--ni: would be 3/2, which is not whole"),
        ("--ni 1000000000 --gamma 2", "--no: '2000000000' is not a whole number from 1"),
        (
            "--no 1 --ni 1 -k 7 -s 6 --padding valid",
            "-k: 7x7 with dilation 1x1 is larger than the padded input",
        ),
        ("--no 1 --ni 1 -k 1x3 -s 9x4 --dilation 2 --padding 0", "-k: 1x3 with dilation 2x2 is larger than"),
    ],
)
def test_sizes_that_cannot_hold_together_are_refused(line, problem):
    assert refused(sepcost("compare", *line.split()), "sepcost compare").startswith(problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("compar", "'compar' is not a command"),
        ("Compare", "'Compare' is not a command"),
        ("brekeven", "'brekeven' is not a command"),
        ("[compare", "'[compare' is not a command"),
    ],
)
def test_a_mistyped_command_brings_the_nearest(line, problem):
    found = refused(sepcost(line), "sepcost")
    assert found.startswith(problem)
    assert found.endswith(f"; did you mean {'breakeven' if line[0] == 'b' else 'compare'}?")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--bais", "--bias"),
        ("--formt", "--format"),
        ("--max-mac", "--max-macs"),
        ("--colour", "--color"),
        ("--out-chanels", "--out-channels"),
        ("--hlep", "--help"),
        ("--in", "--in-channels"),
        ("--pad", "--padding"),
        ("--saving", "--min-saving or --min-time-saving"),
        ("--min", "--min-saving or --min-time-saving"),
        ("--max", "--max-weights, --max-macs, --max-memory, --max-storage or --max-time"),
        ("--kernel-size", "--kernel"),
        ("--filters", "--no"),
        ("--max-params", "--max-weights"),
        ("--max-flops", "--max-macs (1 MAC = 2 FLOPs)"),
        ("--max-latency", "--max-time"),
        ("--max-ram", "--max-memory"),
        ("--json", "--format"),
    ],
)
def test_a_mistyped_option_brings_the_nearest(typed, meant):
    found = refused(sepcost("compare", *LAYER, typed, "3"), "sepcost compare")
    assert found == f"no such option: '{typed}'; did you mean {meant}?"


@pytest.mark.parametrize(
    ("command", "option", "typed", "meant"),
    [
        ("compare", "--scheme", "seperable", "separable"),
        ("compare", "--against", "Standard", "standard"),
        ("compare", "-f", "jsno", "json"),
        ("compare", "--color", "alway", "always"),
        ("compare", "--padding", "vaild", "valid"),
        ("breakeven", "--for", "gama", "gamma"),
        ("breakeven", "--metric", "mac", "macs"),
        ("formula", "-f", "pyton", "python"),
    ],
)
def test_a_mistyped_word_brings_the_nearest(command, option, typed, meant):
    line = (*LAYER, option, typed) if command == "compare" else (option, typed)
    found = refused(sepcost(command, *line), f"sepcost {command}")
    assert found.startswith(f"{option}: '{typed}' is not ")
    assert found.endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize("word", ["", "-", "[", "/compare/"])
def test_a_word_without_a_letter_to_begin_with_is_refused_as_any_other(word):
    assert refused(sepcost(word), "sepcost").startswith(f"'{word}' is not a command (compare, breakeven, ")


def test_two_dashes_hide_neither_the_command_nor_its_options():
    assert refused(sepcost("--", "compare", "--no", "64"), "sepcost compare").startswith("--ni: is missing")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("audit net.onnx --scheme separable", "--replace names the scheme that replaces layers"),
        ("fit --width 2", "it is an option of audit"),
        ("compare --for no", "it is an option of breakeven, fit"),
        ("check budgets.toml --max-macs 3M", "it is an option of compare, fit, audit"),
        ("machines measure -f json", "it is an option of other commands"),
    ],
)
def test_an_option_of_another_command_is_no_slip(line, said):
    words = line.split()
    called = " ".join(["sepcost", *words[: 2 if words[0] == "machines" else 1]])
    assert refused(sepcost(*words), called) == f"no such option: '{words[-2]}': {said}"


def test_an_argument_is_not_suggested_as_an_option():
    assert refused(sepcost("audit", "--filed", "x"), "sepcost audit") == "no such option: '--filed'"


def test_a_word_that_is_near_to_nothing_brings_no_suggestion():
    assert "did you mean" not in sepcost("compare", *LAYER, "--scheme", "qqq").err
    assert "did you mean" not in sepcost("qqq").err
    assert "did you mean" not in sepcost("formula", "--qqq", "4").err


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("compare --no", "--no: requires an argument"),
        ("compare --no 64 --ni 64 -k", "-k: requires an argument"),
        ("compare --no 64 --ni 64 --bias=maybe", "--bias: 'maybe' is not each or last"),
        ("compare --no 64 --ni 64 --bias first", "--bias: 'first' is not each or last"),
        ("breakeven --bias lsat --ni 64", "--bias: 'lsat' is not each or last; did you mean last?"),
        ("compare --help=yes", "--help: does not take a value"),
        ("audit", "FILE: is missing: see sepcost audit -h"),
        ("formula standard -f table --steps", "no such option: '--steps'"),
        ("--no 64 --ni 64", "no such option: '--no': options stand after a command, see sepcost -h"),
        ("-f json compare --no 64", "no such option: '-f': options stand after a command, see sepcost -h"),
        ("compare --no 64 --ni 64 -x", "no such option: '-x'"),
    ],
)
def test_an_argument_line_that_does_not_parse_is_refused(line, problem):
    command = "sepcost" if line.startswith("-") else f"sepcost {line.split()[0]}"
    assert refused(sepcost(*line.split()), command).startswith(problem)


TAKES = {
    "budgets": "holds budgets: sepcost check takes it",
    "schemes": "holds schemes: --schemes takes it",
    "machine": "is a machine: --machine takes it",
    "unet": "is a network: sepcost audit takes it, sepcost check a file of budgets that names it",
}
TAKEN = {
    "unet": ("audit",),
    "budgets": ("check",),
    "machine": ("compare", *LAYER, "-s", "8", "--machine"),
    "schemes": ("schemes", "--schemes"),
}


@pytest.mark.parametrize("file", TAKES)
@pytest.mark.parametrize("own", TAKEN)
def test_a_file_of_another_command_is_told_what_takes_it(file, own):
    path = str(ROOT / "examples" / f"{file}.toml")
    if file == own:
        assert sepcost(*TAKEN[own], path).code == 0
    else:
        assert refused(sepcost(*TAKEN[own], path), f"sepcost {TAKEN[own][0]}") == f"{path}: {TAKES[file]}"


@pytest.mark.parametrize("name", ["net.onnx", "net.TFLITE", "net.pt2", "net.keras"])
@pytest.mark.parametrize("own", sorted(TAKEN.keys() - {"unet"}))
def test_an_exported_network_is_none_of_these(name, own, tmp_path):
    path = tmp_path / name
    command = f"sepcost {TAKEN[own][0]}"
    absent = refused(sepcost(*TAKEN[own], str(path)), command)
    assert absent == f"{path}: cannot be read: no such file or directory"
    path.write_bytes(b"\xff")
    assert refused(sepcost(*TAKEN[own], str(path)), command) == f"{path}: {TAKES['unet']}"


@pytest.mark.parametrize(
    ("command", "taken"),
    [
        ("compare", "values are given by options"),
        ("breakeven", "values are given by options"),
        ("sweep", "values are given by options"),
        ("machines", "every machine is listed; other commands take one by --machine"),
        ("schemes", "every scheme is listed; sepcost formula takes one"),
        ("audit a.toml", "it takes one FILE"),
        ("check a.toml", "it takes one FILE"),
        ("fit a.toml", "it takes one NETWORK"),
        ("schema network", "it takes one NAME"),
    ],
)
def test_a_word_too_many_is_named(command, taken):
    called = f"sepcost {command.split()[0]}"
    problem = f"unexpected argument '64': {taken}, see {called} -h"
    assert refused(sepcost(*command.split(), "64", "32"), called) == problem


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("breakeven -s 8", "-s"),
        ("breakeven --size 8", "-s"),
        ("breakeven --for balance --no 64 --ni 64", "-s"),
        ("breakeven --for kernel --kernel 3", "-k"),
        ("breakeven --metric time --kernel any", "-k"),
        ("breakeven --bytes 2", "--bytes"),
        ("breakeven --steps --metric time", "--steps"),
        ("fit network.toml --kernel 3", "-k"),
        ("fit network.toml --out-channels 3", "--no"),
        ("fit --for kernel --kernel 3", "-k"),
    ],
)
def test_an_option_has_one_name_whoever_refuses_it(line, option):
    problem = refused(sepcost(*line.split()), f"sepcost {line.split()[0]}")
    assert problem.startswith(f"{option}: ")


@pytest.mark.parametrize("word", ["\x1b]0;title\x07", "\r\n", "\N{RIGHT-TO-LEFT OVERRIDE}", "\u2028"])
def test_nothing_that_is_typed_steers_the_terminal(word):
    refused(sepcost("compare", *LAYER, word + "x"), "sepcost compare")
    refused(sepcost("compare", *LAYER, "--" + word), "sepcost compare")
    refused(sepcost("compare", *LAYER, "-f", "json", "-o", f"/proc/{word}"), "sepcost compare")
    refused(sepcost(word), "sepcost")


def test_a_very_long_argument_line_is_refused_in_a_short_line():
    refused(sepcost("compare", *LAYER, *["extra"] * 10_000), "sepcost compare")
    refused(sepcost("x" * 100_000), "sepcost")
    refused(sepcost("compare", "--" + "x" * 100_000), "sepcost compare")


@pytest.mark.parametrize("value", [DIGITS * 20, "9" * 99_000 + "/7", "1." + "0" * 99_000, "3x" * 50_000])
@pytest.mark.parametrize("option", ["--no", "--gamma", "-k", "--max-weights", "--min-saving"])
def test_no_input_is_slow_to_refuse(option, value):
    start = time.process_time()
    assert sepcost("compare", *LAYER, option, value).code == 2
    assert time.process_time() - start < 0.5


def test_nothing_that_is_typed_is_evaluated(tmp_path):
    bomb = f"__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()"
    for command in ("compare", "breakeven", "formula"):
        for option in ("--no", "--gamma", "-k"):
            assert sepcost(command, option, bomb).code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_argument_that_is_not_text_is_refused_in_text():
    done = process("compare", *LAYER, "--scheme", os.fsdecode(b"\xff\xfe\x1b[31m"))
    assert refused(done, "sepcost compare").startswith("--scheme: '\N{REPLACEMENT CHARACTER}")


def test_a_fault_of_the_program_itself_is_one_line_and_never_a_pass():
    done = process("compare", *LAYER, _SEPCOST_COMPLETE="bash_complete")
    assert refused(done, "sepcost").startswith("internal error: KeyError")


RAISING = """
import os, sys
import polars
import sepcost.sweep.columns
from sepcost.__main__ import main

class Panic(BaseException):
    pass

def batches(*_asked, **_named):
    os.write(2, b"thread 'main' panicked at src/lib.rs:1:1\\nstack backtrace:\\n")
    raise {error}
    yield

sepcost.sweep.columns.batches = batches
main()
"""


SWEEP = ("sweep", "--no", "16:64:*2", "--ni", "64")


@pytest.mark.parametrize(
    ("error", "format_"),
    [
        ("Panic('it')", "csv"),
        ("polars.exceptions.PanicException('it')", "csv"),
        ("polars.exceptions.PanicException('it')", "parquet"),
        ("polars.exceptions.PanicException('it')", "svg"),
        ("SystemExit(1)", "json"),
        ("MemoryError()", "jsonl"),
    ],
)
def test_whatever_is_raised_is_one_line_and_2_and_native_words_are_no_part_of_it(error, format_, tmp_path):
    path = tmp_path / "layers"
    done = subprocess.run(
        [sys.executable, "-c", RAISING.replace("{error}", error), *SWEEP, "-f", format_, "-o", path],
        capture_output=True,
        env=environment(),
        timeout=60,
    )
    line = refused(Done(done.returncode, done.stdout, done.stderr.decode()), "sepcost")
    assert line.startswith(f"internal error: {error.rpartition('.')[2].partition('(')[0]}")
    assert list(tmp_path.iterdir()) == []


def test_native_threads_that_outlive_an_interrupt_say_nothing(tmp_path):
    late = "import atexit, os\natexit.register(os.write, 2, b'panicked')\n"
    done = subprocess.run(
        [sys.executable, "-c", late + RAISING.replace("{error}", "KeyboardInterrupt"), *SWEEP, "-f", "csv"],
        capture_output=True,
        env=environment(),
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("compare --no 64 --ni 64 -s 56 --machine h100-fp16 --machine raspberry-pi-5", "--machine"),
        ("compare --no 64 --ni 64 --out-channels 32", "--no"),
        ("compare --no 64 --ni 64 --bias --bias last", "--bias"),
        ("compare --no 64 --ni 64 -f json --format csv", "-f"),
        ("breakeven --for no --for ni", "--for"),
        ("audit net.onnx --like thop --like fvcore", "--like"),
        ("audit net.onnx --max-macs 1 --max-macs 100G", "--max-macs"),
        ("sweep --no 16 --no 32 --ni 8", "--no"),
    ],
)
def test_an_option_of_one_value_is_given_once(line, option):
    done = sepcost(*line.split())
    assert refused(done, f"sepcost {line.split()[0]}") == f"{option}: is given twice: give one value"


def test_an_option_that_may_be_repeated_and_a_flag_are_given_as_often_as_one_likes():
    line = "compare --no 64 --ni 64 -s 9 --fused --scheme separable"
    assert sepcost(*line.split()) == sepcost(*f"{line} --scheme separable --fused".split())


def test_an_unknown_instruction_to_complete_is_never_a_budget_that_is_not_held():
    assert sepcost("compare", _SEPCOST_COMPLETE="nonsense").code == 2


COMMANDS = st.sampled_from(["compare", "breakeven", "formula", "compare", "comapre", "", "--", "-h"])
HOSTILE = st.one_of(
    st.sampled_from(
        [
            *NO_WHOLE_NUMBER,
            *("3x", "1/0", "0.5", "1e400", "\udcff", "\0", "\x1b]0;x\x07", "--", "-", "[/b]", "%s", "{n_i}"),
            *("\N{RIGHT-TO-LEFT OVERRIDE}", "\u2028", "\r\n", "$(id)", "N_o", "gamma", "a" * 300),
        ]
    ),
    st.text(max_size=12),
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(str),
)
NUMBERS = st.one_of(st.integers(1, 40), st.integers(1, 10**9)).map(str)
PAIRS = st.one_of(NUMBERS, st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda p: f"{p[0]}x{p[1]}"))
RATIOS = st.one_of(NUMBERS, st.fractions(1, 100, max_denominator=100).map(str), st.just("2.25"))
SCHEMES = st.sampled_from(NOTEBOOK_NAMES)
VALUES = {
    "--no": NUMBERS,
    "--ni": NUMBERS,
    "--in-channels": NUMBERS,
    "-k": st.one_of(PAIRS, st.just("any")),
    "--kernel": PAIRS,
    "-s": PAIRS,
    "--stride": PAIRS,
    "--dilation": PAIRS,
    "--padding": st.sampled_from(["same", "valid", "0", "1x2"]),
    "--gamma": RATIOS,
    "--scheme": SCHEMES,
    "--against": SCHEMES,
    "--for": st.sampled_from(["no", "ni", "gamma", "kernel"]),
    "--metric": st.sampled_from(["weights", "macs"]),
    "--max-weights": st.sampled_from(["1", "4.3M", "1T"]),
    "--max-macs": st.sampled_from(["1", "600k", "1T"]),
    "--min-saving": RATIOS,
    "-f": st.sampled_from(["table", "json", "csv", "markdown", "latex", "python"]),
    "--color": st.sampled_from(["auto", "always", "never"]),
}
FLAGS = st.sampled_from(["--bias", "--tied", "--steps", "separable", "--verbose"])


@st.composite
def options(draw):
    kind = draw(st.integers(0, 19))
    if kind == 0:
        return [draw(HOSTILE)]
    if kind <= 3:
        return [draw(FLAGS)]
    option = draw(st.sampled_from(sorted(VALUES)))
    value = draw(HOSTILE if kind == 4 else VALUES[option])
    return [f"{option}={value}"] if kind == 5 else [option, value]


@st.composite
def argument_lines(draw):
    words = [draw(COMMANDS)]
    if words == ["compare"] and draw(st.booleans()):
        words += ["--no", draw(NUMBERS), "--ni", draw(NUMBERS)]
    for _ in range(draw(st.integers(0, 6))):
        words += draw(options())
    return words


@settings(max_examples=tries(100), suppress_health_check=[HealthCheck.too_slow])
@given(argument_lines(), st.none() | st.integers(1, 200))
@example(["compare", *LAYER, "--scheme", "\udcff"], None)
@example(["compare", "--no", "1000000000", "--ni", "1", "-k", "1000000000", "-s", "1000000000"], 20)
@example(["breakeven", "--for", "gamma", "--no", "999999937", "--steps"], None)
@example(["breakeven", "--gamma", "999999937/999999929", "--bias", "--steps"], 60)
@example(["formula", "--gamma", "999999937/999999929", "--bias", "--no", "7", "-f", "python"], None)
def test_no_argument_line_is_answered_otherwise_than_promised(words, columns):
    done = sepcost(*words, columns=columns)
    lines = done.err.split("\n")[:-1]
    assert done.code in (0, 1, 2)
    assert all(line.isprintable() and line.startswith("sepcost") for line in lines)
    assert "internal error" not in done.err
    if done.code == 0:
        assert lines == []
        assert done.out
    elif done.code == 1:
        assert lines
        assert done.out
    else:
        assert len(lines) == 1
        assert done.out == b""
