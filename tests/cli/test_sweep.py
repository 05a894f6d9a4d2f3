"""sepcost sweep: its formats, what it says on stderr, and files that are whole or as they were."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sepcost.core.errors import MissingExtraError
from tests.cli.program import COMMAND, ROOT, environment, process, sepcost, shell

GRID = ("sweep", "--no", "16:64:*2", "--ni", "32", "-k", "1,3x5", "-s", "56")
LONG = ("sweep", "--no", "1:5000", "--ni", "1:5000")
COLUMNS = [
    *("n_i", "n_o", "f_r", "f_c", "l_r", "l_c", "stride", "dilation", "padding", "bias", "gamma"),
    *("scheme", "applicable", "realizable", "multiplier", "weights", "macs", "saving_weights", "saving_macs"),
    *("inputs", "outputs", "bytes", "intensity"),
]
BOUND = ["time_bound_s", "bound_by", "saving_time"]


def test_csv_is_the_default():
    done = sepcost(*GRID)
    assert (done.code, done.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.text)))
    assert list(rows[0]) == COLUMNS
    assert len(rows) == 3 * 2 * 4
    assert [row["n_o"] for row in rows[::8]] == ["16", "32", "64"]
    narrowing = rows[2]
    assert [narrowing[name] for name in ("gamma", "scheme", "applicable", "weights")] == [
        "1/2",
        "generalized",
        "false",
        "",
    ]


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_a_files_ending_sets_its_format(format_, tmp_path):
    path = tmp_path / f"layers.{format_}"
    assert sepcost(*GRID, "-o", str(path)) == (0, b"", "")
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[format_]
    found = read(path)
    assert found.columns == COLUMNS
    assert found.height == 24
    if format_ != "parquet":
        assert path.read_bytes() == sepcost(*GRID, "-f", format_).out


@pytest.mark.parametrize(
    "layer", ["--ni 64 --no 128 -s 56", "--ni 4 --gamma 9/4 --bias", "--ni 8 --no 4 --padding 1 --stride 2x1"]
)
def test_rows_say_what_compare_says(layer):
    compared = sepcost("compare", *layer.split(), "-f", "json").json
    lines = sepcost("sweep", *layer.split(), "-f", "jsonl").text.splitlines()
    for row, line in zip(compared["schemes"], lines, strict=True):
        found = json.loads(line)
        assert {name: found[name] for name in ("n_i", "n_o", "gamma")} == {
            name: compared["layer"][name] for name in ("n_i", "n_o", "gamma")
        }
        for name in ("scheme", "applicable", "realizable", "multiplier", "weights", "macs"):
            assert found[name] == row.get(name, False if name == "realizable" else None)
        saving = row.get("saving") or {"weights": None, "macs": None}
        assert {"weights": found["saving_weights"], "macs": found["saving_macs"]} == saving


def test_a_table_tells_variants_of_a_scheme_apart_by_their_parameters():
    grid = ("--no", "64", "--ni", "64", "--scheme", "inverted", "--scheme", "blueprint", "--expansion", "4,6")
    lines = sepcost("sweep", *grid, "-f", "table").text.splitlines()
    assert lines[2].split() == ["scheme", "expansion", "weights", "saving"]
    # t N_i (N_i + F + N_o), and N_o (N_i + F)
    assert lines[3].split()[:3] == ["inverted", "4", f"{4 * 64 * (64 + 9 + 64):,}"]
    assert lines[4].split()[:3] == ["inverted", "6", f"{6 * 64 * (64 + 9 + 64):,}"]
    assert lines[5].split()[:3] == ["blueprint", "-", f"{64 * (64 + 9):,}"]


def test_a_small_grid_is_shown_as_a_table():
    table = sepcost("sweep", "--no", "64", "--ni", "16,64", "--scheme", "separable", "-f", "table")
    assert table.text == (
        "2 rows: 2 layers in 1 scheme, N_o 64, kernel 3x3, stride 1x1, dilation 1x1, padding same\n"
        "\n"
        "N_i  gamma  scheme     weights  saving\n"
        " 16      4  separable    1,168   7.89x\n"
        " 64      1  separable    4,672   7.89x\n"
        "\n"
        "saving: how many times fewer MACs than standard\n"
        "MACs (1 MAC = 2 FLOPs), bias not counted, batch 1\n"
    )
    assert "saving in weights" in sepcost(*GRID, "--bias", "-f", "markdown").text


def test_a_small_grid_is_one_document_of_json():
    found = sepcost(*GRID, "-f", "json").json
    assert list(found) == ["schema", "convention", "machine", "against", "rows"]
    usual = {"unit": "MAC", "bias": False, "batch": 1, "bytes": 4, "fused": False}
    assert (found["convention"], found["machine"]) == (usual, None)
    assert (found["schema"], found["against"]) == ("sepcost/sweep/1", "standard")
    assert list(found["rows"][0]) == COLUMNS


def test_with_a_machine_rows_have_the_bound_that_compare_has():
    layer = ("--ni", "64", "--no", "256", "-s", "56", "--machine", "h100-fp16", "--batch", "2")
    compared = sepcost("compare", *layer, "-f", "json").json
    found = sepcost("sweep", *layer, "-f", "json").json
    assert list(found["rows"][0]) == [*COLUMNS, *BOUND]
    assert found["machine"] == compared["machine"]
    assert found["convention"] == compared["convention"]
    for row, scheme in zip(found["rows"], compared["schemes"], strict=True):
        for name in ("bytes", "intensity", "time_bound_s", "bound_by", "macs"):
            assert row[name] == scheme[name]
        assert row["saving_time"] == scheme["saving"]["time"]


def test_a_table_shows_what_is_moved_where_it_is_asked_for():
    layer = ("sweep", "--no", "64", "--ni", "64", "-s", "56", "--scheme", "separable", "-f", "table")
    assert "bytes" not in sepcost(*layer).text
    # 64 (56 56 + 9 + 56 56) + 64 (56 56 + 64 + 56 56) numbers, and MACs 64 (9 + 64) 56 56
    moved = sepcost(*layer, "--bytes", "2").text
    assert "1,614,976      9.072" in moved
    assert (
        "bytes moved: inputs, weights and outputs once a pass, 2 bytes an element; a pass for each stage"
        in moved
    )
    bounded = sepcost(*layer, "--machine", "h100-fp16").text
    assert "482.1 ns  memory" in bounded
    assert "machine: h100-fp16, " in bounded


def test_a_dry_run_says_the_number_of_rows_alone():
    done = sepcost(*LONG, "--dry-run")
    assert done == (0, b"100,000,000 rows: 25,000,000 layers in 4 schemes\n", "")


def test_the_number_of_rows_is_said_before_a_long_run_which_head_ends():
    done = shell("$sepcost sweep --no 1:5000 --ni 1:5000 | head -2; echo ${PIPESTATUS[0]}")
    assert done.text.splitlines()[1:] == [
        "1,1,3,3,,,1x1,1x1,same,false,1,standard,true,true,,9,,1.0,1.0,,,,",
        "141",
    ]
    assert done.err == "sepcost sweep: 100,000,000 rows: 25,000,000 layers in 4 schemes\n"


def test_head_ends_json_lines_quietly():
    done = shell("$sepcost sweep --no 1:500 --ni 1:500 -f jsonl | head -1 > /dev/null")
    assert done == (141, b"", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--no 64", "--ni: is missing: give two of --ni, --no and --gamma"),
        ("--no 64 --ni 8:4", "--ni: '8:4' is empty"),
        ("--no 64 --ni 1:9999999", "--ni: '1:9999999' has more than 1000000 values"),
        ("--no 64 --ni 0,1", "--ni: '0' is not a whole number"),
        ("--ni 6 --gamma 9/4", "--no: would be 27/2, which is not whole"),
        ("--ni 6 --gamma 1/2", "--gamma: '1/2' is below 1"),
        ("--no 64 --ni 64 -k 3,9 -s 7 --padding valid", "-k: 9x9 with dilation 1x1 is larger"),
        (
            "--no 1000000 --ni 1000000 -s 2000",
            "the grid has a count of 36,000,000,000,000,000,000, beyond a column of 64 bits",
        ),
        ("--no 64 --ni 64 -f parquet", "-f parquet: Parquet goes into a file: give -o"),
        ("--no 1:100 --ni 1:100 -f table", "40,000 rows: 10,000 layers in 4 schemes, and 10,000"),
        ("--no 64 --ni 64 -o layers.xlsx", "-o: the ending of 'layers.xlsx' sets no format"),
    ],
)
def test_what_cannot_be_swept_is_exit_2(line, said):
    done = sepcost("sweep", *line.split())
    assert done.refusal.startswith(said)


@pytest.mark.parametrize(
    ("number", "format_"),
    [
        (signal.SIGINT, "csv"),
        (signal.SIGINT, "parquet"),
        (signal.SIGTERM, "jsonl"),
        (signal.SIGHUP, "parquet"),
    ],
)
def test_an_interrupt_leaves_the_old_file_and_no_other(format_, number, tmp_path):
    path = tmp_path / f"layers.{format_}"
    path.write_text("old")
    run = subprocess.Popen(
        [*COMMAND, *LONG, "-o", str(path)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not any(each.stat().st_size > 4096 for each in tmp_path.iterdir()):
        time.sleep(0.01)
    run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (130, b"")
    assert err == b"sepcost sweep: 100,000,000 rows: 25,000,000 layers in 4 schemes\n"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def started(path):
    """A sweep that runs for long, once it writes its file beside `path`."""
    left = set(path.parent.iterdir())
    run = subprocess.Popen([*COMMAND, *LONG, "-o", str(path)], env=environment(), stderr=subprocess.DEVNULL)
    while not any(file.stat().st_size for file in set(path.parent.iterdir()) - left):
        assert run.poll() is None
        time.sleep(0.02)
    return run


def ended(run, number):
    run.send_signal(number)
    run.wait(timeout=30)


def test_a_later_run_removes_what_a_killed_one_has_left(tmp_path):
    path = tmp_path / "layers.csv"
    run = started(path)
    ended(run, signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 1
    assert sepcost("sweep", "--no", "16", "--ni", "64", "-o", str(path)).code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_no_run_removes_what_a_live_one_or_another_target_has_beside(tmp_path):
    path, other = tmp_path / "layers.csv", tmp_path / "other.csv"
    killed = started(other)
    ended(killed, signal.SIGKILL)
    live = started(path)
    try:
        before = set(tmp_path.glob(".sepcost-*"))
        assert len(before) == 2
        assert sepcost("sweep", "--no", "16", "--ni", "64", "-o", str(path)).code == 0
        assert set(tmp_path.glob(".sepcost-*")) == before
    finally:
        ended(live, signal.SIGINT)
    assert len(list(tmp_path.iterdir())) == 2  # what is written, and what the other target's run left


@pytest.mark.parametrize("wrong", ["--color blu", "--stride 0", "--machine none", "-o layers.doc", "--ni x"])
def test_a_wrong_option_is_named_before_a_long_list_is_laid_out(wrong, monkeypatch):
    def laid_out(*_parts):
        raise AssertionError("a list was laid out")

    monkeypatch.setattr("sepcost.core.ranges._even_ratios", laid_out)
    done = sepcost("sweep", *wrong.split(), "--gamma", "1:1000000:1")
    assert done.code == 2
    assert done.err.startswith(f"sepcost sweep: {wrong.split()[0]}: ")


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_a_disk_without_room_leaves_the_old_file_and_no_other(format_, tmp_path):
    path = tmp_path / f"layers.{format_}"
    path.write_text("old")
    done = shell(f"ulimit -f 100; $sepcost sweep --no 1:500 --ni 1:500 -o {path}")
    assert done == (2, b"", f"sepcost sweep: {path}: File too large\n")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_full_device_is_one_line(format_):
    done = process(*GRID, "-f", format_, "-o", "/dev/full")
    assert done == (2, b"", "sepcost sweep: /dev/full: No space left on device\n")


def progress(*arguments, stdout=subprocess.PIPE):
    """What a run shows on a terminal that is its stderr."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(TERM="xterm", COLUMNS="120"),
        stdout=stdout or theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 0
    return shown.decode(), out


def test_progress_is_shown_on_a_terminal_alone(tmp_path):
    path = str(tmp_path / "layers.parquet")
    shown, _ = progress("sweep", "--no", "1:500", "--ni", "1:500", "-o", path)
    assert "1,000,000 rows" in shown
    assert "rows/s" in shown
    assert process(*GRID, "-o", path).err == ""


def test_progress_does_not_mix_with_rows_on_a_terminal():
    shown, _ = progress(*GRID, stdout=None)
    assert "rows/s" not in shown
    assert shown.count("standard") == 6


def without(library, *arguments):
    """Run the program where a library is not installed."""
    hidden = f"import sys; sys.modules[{library!r}] = None"
    code = f"{hidden}; from sepcost.cli import run; sys.exit(run(sys.argv[1:]))"
    run = [sys.executable, "-c", code, *arguments]
    return subprocess.run(run, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_without_polars_the_extra_is_named(format_, tmp_path):
    done = without("polars", *GRID, "-f", format_, "-o", str(tmp_path / "layers"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sepcost sweep: a sweep needs an extra: pip install 'sepcost[sweep]'\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("command", "extra"), [("sweep", "sweep"), ("machines measure", "measure")])
def test_a_help_names_the_extra_in_the_words_of_the_error(command, extra):
    install = str(MissingExtraError("", extra)).partition(": ")[2]
    assert install == f"pip install 'sepcost[{extra}]'"
    assert f"needs the extra {extra}: {install}\n" in sepcost(*command.split(), "--help").text


@pytest.mark.parametrize(("command", "draws"), [("compare", True), ("sweep", True), ("fit", False)])
def test_the_help_of_a_command_that_draws_names_the_extra_of_pictures(command, draws):
    words = " ".join(sepcost(command, "--help").text.split())
    assert ("svg, png, pdf are pictures, by the extra plot." in words) == draws


def test_a_dry_run_needs_no_polars():
    assert without("polars", *GRID, "--dry-run").stdout == "24 rows: 6 layers in 4 schemes\n"


def test_columns_are_those_wanted_in_their_order_and_as_they_are_with_all(tmp_path):
    every = pl.read_csv(io.BytesIO(sepcost(*GRID).out))
    for wanted in ("n_o,scheme,saving_macs,stride", "scheme", "macs,n_i", "intensity,gamma,multiplier"):
        names = wanted.split(",")
        found = pl.read_csv(io.BytesIO(sepcost(*GRID, "--columns", wanted).out))
        assert found.columns == names
        assert_frame_equal(found, every.select(names))
    path = tmp_path / "layers.parquet"
    assert sepcost(*GRID, "--columns", "n_o,weights,n_o", "-o", str(path)).code == 0
    assert pl.read_parquet(path).columns == ["n_o", "weights"]


def test_columns_that_are_wanted_and_empty_without_a_size_are_said():
    without = ["sweep", "--no", "16", "--ni", "64", "--columns", "scheme,macs,bytes,weights,saving_macs"]
    done = sepcost(*without)
    assert (done.code, done.err) == (0, "sepcost sweep: macs, bytes: empty without --size\n")
    (first, *_) = pl.read_csv(io.BytesIO(done.out)).iter_rows()
    assert first == ("standard", None, None, 64 * 16 * 9, 1.0)
    assert sepcost(*without, "-s", "8").err == ""


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--columns", "n_o,schem"], "--columns: 'schem' is not one of n_i, n_o,"),
        (["--columns", ""], "--columns: '' is not one of n_i, n_o,"),
        (["--columns", "time_bound_s"], "--columns: time_bound_s needs --machine"),
        (
            ["--columns", "saving_time_estimate"],
            "--columns: saving_time_estimate needs --machine, one that was",
        ),
        (["--columns", "n_o", "-f", "table"], "--columns: is for csv, jsonl, parquet: leave it out"),
    ],
)
def test_columns_that_there_are_not_are_refused(more, problem):
    done = sepcost(*GRID, *more)
    assert done.refusal.startswith(problem)


def test_a_grid_too_large_to_show_is_counted_once():
    done = sepcost("sweep", "--no", "1:5000", "--ni", "1:5000", "-f", "table")
    shown = "25,000,000 layers in 4 schemes, and 10,000 rows are shown at most: give -f csv, jsonl or parquet"
    assert (done.code, done.err) == (2, f"sepcost sweep: 100,000,000 rows: {shown}\n")
