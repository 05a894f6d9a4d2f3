"""Where output goes: pipes, files and terminals, in every format, whole or not at all."""

import io
import os
import re
import resource
import shlex
import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.cli import run
from sepcost.core.errors import FileError, QuantityError
from sepcost.report.render.streams import opened
from tests.cli.program import COMMAND, ROOT, environment, on_terminal, process, sepcost, shell
from tests.effort import tries

COMPARE = ("compare", "--no", "256", "--ni", "64")
LINE = "compare --no 256 --ni 64"
FORMATS = {"table": ".txt", "json": ".json", "csv": ".csv", "markdown": ".md", "latex": ".tex"}
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.txt"))
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
BAR = "█"


def shown(done):
    """What a terminal shows of a run, styles left out."""
    assert (done.code, done.err) == (0, "")
    return ESCAPE.sub("", done.text)


def has_number(text, number):
    """Whether a number stands in a text whole, not as a part of another."""
    return re.search(rf"(?<![\d,.]){re.escape(number)}(?![\d,.]*\d)", text) is not None


def counts(done):
    """Every count and saving of a comparison, as a table writes them."""
    found = []
    for row in done.json["schemes"]:
        costs = row.get("exact", row)
        for value in (costs["weights"], costs["macs"] or costs["macs_per_position"]):
            found.append(f"{value:,}" if isinstance(value, int) else value.partition("*")[0])
        if row["saving"]:
            found.append(f"{row['saving']['macs']:,.2f}")
        found += [f"{stage['weights']:,}" for stage in row["stages"] if stage["weights"]]
    return found


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_piped_table_is_as_it_was(path):
    command, _, expected = path.read_text().partition("\n")
    prompt, program, *arguments = shlex.split(command)
    assert (prompt, program) == ("$", "sepcost")
    done = sepcost(*arguments)
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(f"{command}\n{done.text}")
        return
    assert (done.code, done.err) == (0, "")
    assert done.text == expected, "renew with RENEW_GOLDEN=1 where this is meant"


def test_there_is_a_golden_table_of_each_command():
    commands = {path.read_text().split()[2] for path in GOLDEN}
    assert {"compare", "breakeven", "formula"} <= commands


@pytest.mark.parametrize("columns", ["20", "1", "0", "-5", "many", "9" * 30])
def test_piped_a_table_is_as_wide_as_it_needs_whatever_columns_says(columns):
    usual = sepcost(*COMPARE)
    assert sepcost(*COMPARE, COLUMNS=columns).out == usual.out
    assert sepcost("formula", "-k", "3", COLUMNS=columns).out == sepcost("formula", "-k", "3").out
    assert all(has_number(usual.text, count) for count in counts(sepcost(*COMPARE, "-f", "json")))


STEERED = [
    {"LC_ALL": "C", "PYTHONHASHSEED": "1", "COLUMNS": "20"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "2"},
    {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii", "PYTHONHASHSEED": "3", "COLUMNS": "200"},
    {"PYTHONIOENCODING": "latin-1", "LC_NUMERIC": "de_DE.UTF-8", "TERM": "dumb"},
]


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_the_same_comparison_is_the_same_bytes_everywhere(format_):
    line = ("compare", "--no", "128", "--ni", "64", "-f", format_)
    assert {process(*line, **changes).out for changes in STEERED} == {sepcost(*line).out}


@pytest.mark.parametrize(
    "line", ["breakeven -k any --steps --bias --gamma 2 -f json", "formula --bias --gamma 2 -f markdown"]
)
def test_the_same_mathematics_is_the_same_bytes_everywhere(line):
    expected = sepcost(*line.split()).out
    assert [process(*line.split(), **changes).out for changes in STEERED[:2]] == [expected] * 2


@pytest.mark.parametrize("format_", FORMATS)
def test_output_is_utf_8_and_ends_with_one_newline(format_):
    text = sepcost(*COMPARE, "-f", format_).text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [COMPARE, (*COMPARE, "-f", "json"), ("--help",), ("compare", "--help"), ("--version",)],
    ids=" ".join,
)
def test_a_pipe_that_nobody_reads_ends_silently_with_141(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    done = process(*arguments, stdout=writer)
    os.close(writer)
    assert (done.code, done.err) == (141, "")


def test_head_takes_what_it_wants_in_silence():
    done = shell(f"$sepcost {LINE} -f json | head -c 1")
    assert (done.out, done.err) == (b"{", "")
    assert done.code in (0, 141)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{LINE} >&-", "sepcost compare: stdout: is closed"),
        (f"{LINE} -f json > /dev/full", "sepcost compare: stdout: No space left on device"),
        ("--help > /dev/full", "sepcost: stdout: No space left on device"),
        ("compare --help > /dev/full", "sepcost compare: stdout: No space left on device"),
        ("--version > /dev/full", "sepcost: stdout: No space left on device"),
    ],
)
def test_a_stdout_that_cannot_be_written_is_one_line_and_2(line, problem):
    done = shell(f"$sepcost {line}")
    assert (done.code, done.out, done.err) == (2, b"", f"{problem}\n")


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("line", "code"),
    [(LINE, 0), (f"{LINE} --scheme separable --max-weights 1", 1), (f"{LINE} --no 0", 2)],
)
def test_the_exit_code_stands_where_stderr_cannot_be_written(line, code, stderr):
    done = shell(f"$sepcost {line} {stderr}")
    assert (done.code, done.err) == (code, "")
    assert (done.out == b"") == (code == 2)


def test_with_no_stream_at_all_a_file_is_still_written(tmp_path):
    path = tmp_path / "costs.json"
    assert shell(f"$sepcost {LINE} -o {path} <&- >&- 2>&-").code == 0
    assert path.read_bytes() == sepcost(*COMPARE, "-f", "json").out


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import sepcost.comparison
sepcost.comparison.compare = lambda *arguments: os.kill(os.getpid(), signal.SIGINT)
from sepcost.__main__ import main
main()
"""


def test_an_interrupt_ends_silently_with_130(tmp_path):
    path = tmp_path / "costs.json"
    path.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *COMPARE, "-o", str(path)],
        capture_output=True,
        env=environment(),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert path.read_text() == "old"


def test_an_interrupt_while_a_file_is_put_in_place_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run([*COMPARE, "-o", str(tmp_path / "costs.json")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("format_", "ending"), FORMATS.items())
def test_the_ending_of_a_file_chooses_the_format(format_, ending, tmp_path):
    expected = sepcost(*COMPARE, "-f", format_).out
    for name in (f"costs{ending}", f"COSTS{ending.upper()}"):
        done = sepcost(*COMPARE, "-o", str(tmp_path / name))
        assert done == (0, b"", "")
        assert (tmp_path / name).read_bytes() == expected


def test_the_ending_py_is_known_to_formula_alone(tmp_path):
    path = tmp_path / "costs.py"
    assert sepcost(*COMPARE, "-o", str(path)).code == 2
    assert sepcost("formula", "-o", str(path)).code == 0
    assert path.read_bytes() == sepcost("formula", "-f", "python").out


def test_a_format_that_is_asked_for_goes_before_the_ending(tmp_path):
    path = tmp_path / "costs.json"
    assert sepcost(*COMPARE, "-f", "csv", "-o", str(path)).code == 0
    assert path.read_bytes() == sepcost(*COMPARE, "-f", "csv").out


@pytest.mark.parametrize("name", ["costs", "costs.jsn", ".json", "costs.json.gz", "json"])
def test_an_ending_that_stands_for_no_format_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sepcost(*COMPARE, "-o", name)
    assert done.refusal.startswith(f"-o: the ending of '{name}' sets no format (.json, ")
    assert list(tmp_path.iterdir()) == []


def test_a_table_in_a_file_is_plain_whatever_stdout_is(tmp_path):
    path = tmp_path / "costs.txt"
    assert sepcost(*COMPARE, "-o", str(path), columns=60).code == 0
    assert path.read_bytes() == sepcost(*COMPARE).out


def test_a_dash_stands_for_stdout():
    assert sepcost(*COMPARE, "-o", "-").out == sepcost(*COMPARE).out
    assert sepcost(*COMPARE, "-f", "csv", "-o", "-").out == sepcost(*COMPARE, "-f", "csv").out


@pytest.mark.parametrize(
    "mistake",
    [["--no", "0"], ["--scheme", "seperable"], ["--max-weights", "1"], ["-f", "jsn"], ["--colour", "never"]],
    ids=" ".join,
)
def test_a_run_that_fails_leaves_the_old_file(mistake, tmp_path):
    path = tmp_path / "costs.json"
    path.write_text("old")
    done = sepcost(*COMPARE, *mistake, "-o", str(path))
    assert done.refusal
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_may_not_grow_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "costs.json"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        done = sepcost(*COMPARE, "-o", str(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done == (2, b"", f"sepcost compare: {path}: File too large\n")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_on_exit_1_the_file_has_the_full_result(tmp_path):
    path = tmp_path / "costs.csv"
    line = (*COMPARE, "--scheme", "separable", "--max-weights", "1")
    done = sepcost(*line, "-o", str(path))
    assert (done.code, done.out) == (1, b"")
    assert path.read_bytes() == sepcost(*line, "-f", "csv").out


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_keeps_its_permissions(mode, tmp_path):
    path = tmp_path / "costs.json"
    path.write_text("old")
    path.chmod(mode)
    assert sepcost(*COMPARE, "-o", str(path)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_text() != "old"


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_usual_permissions(mask, tmp_path):
    path = tmp_path / "costs.json"
    old = os.umask(mask)
    try:
        assert sepcost(*COMPARE, "-o", str(path)).code == 0
        assert os.umask(mask) == mask
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_one_and_its_file_is_written(exists, tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "costs.json", tmp_path / "link.json"
    if exists:
        target.write_text("old")
    link.symlink_to(target)
    assert sepcost(*COMPARE, "-o", str(link)).code == 0
    assert link.is_symlink()
    assert target.read_bytes() == sepcost(*COMPARE, "-f", "json").out
    assert list(target.parent.iterdir()) == [target]


def test_a_name_in_the_folder_of_work_is_enough(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sepcost(*COMPARE, "-o", "costs.json").code == 0
    assert os.listdir() == ["costs.json"]


def test_a_name_may_hold_any_bytes(tmp_path):
    path = os.path.join(tmp_path, os.fsdecode(b"\xff\x1b[31m \n.json"))
    assert sepcost(*COMPARE, "-o", path).code == 0
    assert os.listdir(os.fsencode(tmp_path)) == [b"\xff\x1b[31m \n.json"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "-o: the file's name is empty"),
        ("{folder}", "{folder}: Is a directory"),
        ("{folder}/none/costs.json", "{folder}/none/costs.json: No such file or directory"),
        ("/proc/costs.json", "/proc/costs.json: No such file or directory"),
        ("/dev/fd/987", "/dev/fd/987: Bad file descriptor"),
        ("/dev/fd/9876543210", "/dev/fd/9876543210: No such file or directory"),
        ("/dev/full", "/dev/full: No space left on device"),
        ("{folder}/costs/", "{folder}/costs/: names a folder: give a file"),
        ("{folder}/\0.json", "{folder}/\N{REPLACEMENT CHARACTER}.json: cannot be written"),
        (
            "{folder}/none\n/a.json",
            "{folder}/none\N{REPLACEMENT CHARACTER}/a.json: No such file or directory",
        ),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(name, problem, tmp_path):
    done = sepcost(*COMPARE, "-f", "json", "-o", name.format(folder=tmp_path))
    assert done == (2, b"", f"sepcost compare: {problem.format(folder=tmp_path)}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["costs.json", "/dev/null", None], ids=str)
@pytest.mark.parametrize("fault", [ValueError("a fault"), QuantityError("a mistake")], ids=repr)
def test_what_goes_wrong_while_a_stream_is_open_is_not_laid_to_the_stream(name, fault, tmp_path):
    with pytest.raises(type(fault)) as caught, opened(name and str(tmp_path / name)):
        raise fault
    assert caught.value is fault
    assert list(tmp_path.iterdir()) == []


def test_a_stdout_that_the_caller_has_closed_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))
    sys.stdout.close()
    with pytest.raises(FileError, match="stdout: is closed"), opened(None):
        pass


def test_a_name_that_no_file_can_have_is_refused():
    for name in ("a\0b", "\ud800.json"):
        with pytest.raises(FileError, match="cannot be written"), opened(name):
            pass


def test_a_device_is_written_to_and_stays_one():
    assert sepcost(*COMPARE, "-f", "json", "-o", "/dev/null") == (0, b"", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
@pytest.mark.parametrize("redirection", [">", ">>"])
def test_a_stream_named_as_a_file_is_written_where_it_stands(name, redirection, tmp_path):
    path = tmp_path / "log"
    lines = f"{{ echo before; $sepcost {LINE} -f csv -o {name}; echo after; }} {redirection} {path}"
    assert shell(lines).err == ""
    assert path.read_bytes() == b"before\n" + sepcost(*COMPARE, "-f", "csv").out + b"after\n"


def test_a_named_pipe_is_written_to(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    done = shell(f"cat {path} & $sepcost {LINE} -f csv -o {path}; wait")
    assert done == (0, sepcost(*COMPARE, "-f", "csv").out, "")


LAYERS = [
    "--no 256 --ni 64",
    "--no 128 --ni 64 -s 56",
    "--no 512 --ni 512 -s 14 --bias",
    "--no 100000 --ni 100000 -k 7 -s 4096",
]


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_on_a_terminal_no_number_is_cut_and_no_line_too_long(columns):
    done = on_terminal(*COMPARE, columns=columns)
    text = shown(done)
    assert b"\x1b[" in done.out
    assert max(map(len, text.splitlines())) <= columns
    assert (BAR in text) == (columns > 60)
    assert all(has_number(text, count) for count in counts(sepcost(*COMPARE, "-f", "json")))
    assert "MACs (1 MAC = 2 FLOPs), bias not counted, batch 1" in text


@pytest.mark.parametrize("columns", [60, 80, 120, 160])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_count_stands_in_the_table_at_every_width(layer, columns):
    line = ("compare", *layer.split())
    text = shown(sepcost(*line, columns=columns))
    assert max(map(len, text.splitlines())) <= columns
    for count in counts(sepcost(*line, "-f", "json")):
        assert has_number(text, count), count


@settings(max_examples=tries(20))
@given(
    columns=st.integers(30, 200),
    n_i=st.integers(1, 10**9),
    n_o=st.integers(1, 10**9),
    size=st.none() | st.integers(1, 10**9),
    bias=st.booleans(),
)
def test_a_random_layer_is_never_cut(columns, n_i, n_o, size, bias):
    line = ["compare", "--no", str(n_o), "--ni", str(n_i), "--scheme", "standard", "--scheme", "separable"]
    line += ["-s", str(size)] if size else []
    line += ["--bias"] if bias else []
    text = shown(sepcost(*line, columns=columns))
    for count in counts(sepcost(*line, "-f", "json")):
        assert has_number(text, count), count


@pytest.mark.parametrize("columns", [60, 80, 160])
@pytest.mark.parametrize(
    "line",
    ["", "--gamma 4 --steps", "--for gamma --ni 4", "--for gamma --ni 1 --bias", "--for kernel --no 64"],
)
def test_every_threshold_stands_in_the_table_at_every_width(line, columns):
    text = shown(sepcost("breakeven", *line.split(), columns=columns))
    assert max(map(len, text.splitlines())) <= columns
    for row in sepcost("breakeven", *line.split(), "-f", "json").json["results"]:
        for number in re.findall(r"\d+", row["condition"]):
            assert has_number(text, number)
        for end in ("first", "last"):
            assert row[end] is None or has_number(text, str(row[end]))


@pytest.mark.parametrize("columns", [1, 5, 20])
def test_a_terminal_of_no_width_cuts_no_number_either(columns):
    text = shown(sepcost(*COMPARE, columns=columns))
    assert all(has_number(text, count) for count in counts(sepcost(*COMPARE, "-f", "json")))


def test_bars_are_as_long_as_the_savings():
    text = shown(sepcost(*COMPARE, columns=160))
    drawn = {line.split()[0]: line.count(BAR) for line in text.splitlines() if BAR in line}
    longest = 24
    savings = {"standard": 1, "separable": 147456 / 16960, "generalized": 147456 / 67840}
    for scheme, saving in savings.items():
        assert drawn[scheme] == max(1, round(longest * saving / (147456 / 16960)))
    assert set(drawn) == {*savings, "distributed"}


@pytest.mark.parametrize(
    "changes",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}],
    ids=str,
)
@pytest.mark.parametrize("columns", [60, 160])
def test_a_terminal_without_colour_shows_the_same_without_escape_codes(changes, columns):
    plain = sepcost(*COMPARE, columns=columns, **changes)
    assert b"\x1b" not in plain.out
    assert [line.rstrip() for line in shown(sepcost(*COMPARE, columns=columns)).splitlines()] == [
        line.rstrip() for line in shown(plain).splitlines()
    ]
    assert b"\x1b" in sepcost(*COMPARE, "--color", "always", columns=columns, **changes).out


def test_color_is_as_asked_for():
    assert b"\x1b" not in sepcost(*COMPARE, "--color", "never", columns=100).out
    assert sepcost(*COMPARE, "--color", "always").out == sepcost(*COMPARE, columns=100).out
    assert b"\x1b" not in sepcost(*COMPARE, "--color", "auto").out
    for format_ in ("json", "csv", "markdown", "latex"):
        always = sepcost(*COMPARE, "-f", format_, "--color", "always", columns=100)
        assert always.out == sepcost(*COMPARE, "-f", format_).out


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "latin-1", "C"],
)
def test_a_terminal_that_shows_no_unicode_is_given_ascii(changes):
    done = on_terminal("compare", "--no", "128", "--ni", "64", columns=160, **changes)
    assert done.out.isascii()
    text = shown(done)
    assert "\\u" not in text
    assert "8768*sqrt(2) ~ 12,400" in text
    assert "#" * 24 in text


def test_markdown_on_a_terminal_that_shows_no_unicode_is_escaped_not_lost():
    done = on_terminal(*COMPARE, "-f", "markdown", columns=160, PYTHONIOENCODING="ascii")
    assert (done.code, done.err) == (0, "")
    assert rb"64 \u2192 256 channels" in done.out


def test_the_command_is_the_module():
    script = os.path.join(os.path.dirname(COMMAND[0]), "sepcost")
    done = subprocess.run([script, "--version"], capture_output=True, env=environment(), check=True)
    assert done.stdout == process("--version").out
