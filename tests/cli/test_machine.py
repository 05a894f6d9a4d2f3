"""Machines at the prompt: compare --machine, breakeven in balance and time, and sepcost machines."""

import csv
import io
import json
import subprocess
import sys

import pytest

from sepcost.hardware.machines import MACHINE_NAMES, machines_of
from tests.cli.program import ROOT, environment, on_terminal, sepcost

LAYER = "compare --no 64 --ni 64 -s 56"
FAST = "--peak 495T --bandwidth 3.35T --bytes 2"
SENTENCE = (
    "7.9 times fewer MACs, but on this machine its bound is 1.8 times higher: every stage is memory-bound"
)


def ran(line):
    done = sepcost(*line.split())
    assert (done.code, done.err) == (0, "")
    return done


def row_of(document, scheme):
    (row,) = [row for row in document["schemes"] if row["scheme"] == scheme]
    return row


def test_compare_says_where_macs_and_time_disagree():
    text = ran(f"{LAYER} {FAST}").text
    assert f"separable, generalized, distributed: {SENTENCE}" in text
    assert "1,614,976" in text
    assert "roofline bound" in text


def test_compare_says_nothing_of_a_disagreement_where_there_is_none():
    assert "but on this machine" not in ran(f"{LAYER} --machine raspberry-pi-5").text


def test_the_json_of_a_machine():
    document = ran(f"{LAYER} {FAST} -f json").json
    assert document["schema"] == "sepcost/compare/1"
    assert document["convention"] == {"unit": "MAC", "bias": False, "batch": 1, "bytes": 2, "fused": False}
    assert document["machine"] == {
        "name": None,
        "peak": 495_000_000_000_000,
        "bandwidth": 3_350_000_000_000,
        "bytes": 2,
        "memory": None,
        "storage": None,
        "balance": 495 / 3.35,
        "source": None,
    }
    row = row_of(document, "separable")
    assert (row["bytes"], row["bound_by"], row["note"]) == (1_614_976, "memory", SENTENCE)
    assert row["intensity"] == 14_651_392 / 1_614_976
    assert row["time_bound_s"] == pytest.approx(1_614_976 / 3.35e12, rel=1e-15)
    assert row["saving"] == {
        "weights": 36_864 / 4_672,
        "macs": 36_864 / 4_672,
        "time": pytest.approx(876_544 / 1_614_976, rel=1e-15),
    }
    depthwise, pointwise = row["stages"]
    assert (depthwise["bytes"], pointwise["bytes"]) == (803_968, 811_008)
    assert depthwise["intensity"] == 1_806_336 / 803_968
    assert (depthwise["bound_by"], pointwise["bound_by"]) == ("memory", "memory")
    assert depthwise["time_bound_s"] + pointwise["time_bound_s"] == pytest.approx(row["time_bound_s"])
    standard = row_of(document, "standard")
    assert (standard["saving"]["time"], standard["note"]) == (1.0, None)


def test_a_scheme_whose_stages_are_bound_by_different_things_is_mixed():
    row = row_of(ran(f"{LAYER} --machine raspberry-pi-5 -f json").json, "separable")
    assert [stage["bound_by"] for stage in row["stages"]] == ["memory", "compute"]
    assert row["bound_by"] == "mixed"


def test_fused_stages_have_bytes_and_the_pass_has_the_bound():
    row = row_of(ran(f"{LAYER} {FAST} --fused -f json").json, "separable")
    assert row["bytes"] == sum(stage["bytes"] for stage in row["stages"]) == 2 * (2 * 64 * 56**2 + 64 * 73)
    assert [stage["time_bound_s"] for stage in row["stages"]] == [None, None]
    assert row["bound_by"] == "memory"
    assert row["saving"]["time"] > 1


def test_a_batch_multiplies_macs_and_maps_and_not_weights():
    one, eight = (row_of(ran(f"{LAYER} --batch {n} -f json").json, "standard") for n in (1, 8))
    assert eight["macs"] == 8 * one["macs"]
    assert (eight["weights"], eight["macs_per_position"]) == (one["weights"], one["macs_per_position"])
    assert eight["bytes"] - one["bytes"] == 7 * 4 * 2 * 64 * 56**2
    assert "batch 8" in ran(f"{LAYER} --batch 8").text


@pytest.mark.parametrize("option", ["--bytes 2", "--fused", "--batch 1"])
def test_without_a_machine_bytes_and_intensity_are_shown_and_no_bound(option):
    document = ran(f"{LAYER} {option} -f json").json
    assert document["machine"] is None
    for row in document["schemes"]:
        assert row["bytes"] > 0
        assert row["intensity"] > 0
        assert not {"time_bound_s", "bound_by", "note"} & set(row)
        assert "time" not in row["saving"]
    text = ran(f"{LAYER} {option}").text
    assert "MACs/byte" in text
    assert "bound" not in text


def test_what_cannot_be_built_has_nulls_and_exact_bytes():
    row = row_of(ran(f"compare --no 128 --ni 64 -s 56 {FAST} -f json").json, "distributed")
    assert [row[key] for key in ("bytes", "intensity", "time_bound_s", "bound_by", "note")] == [None] * 5
    assert all(stage["bytes"] is stage["time_bound_s"] is None for stage in row["stages"])
    assert row["exact"]["bytes"].endswith("*sqrt(2)")
    assert row["approx"]["bytes"] == pytest.approx(2 * 192 * 56**2 + 2 * 2**0.5 * (128 * 56**2 + 64 * 137))


def test_what_is_not_applicable_stays_as_it_was():
    row = row_of(ran(f"compare --no 16 --ni 64 -s 56 {FAST} -f json").json, "generalized")
    assert set(row) == {"scheme", "applicable", "reason"}


def test_the_csv_of_a_machine_has_its_columns_last():
    (read,) = csv.DictReader(io.StringIO(ran(f"{LAYER} {FAST} --scheme separable -f csv").text))
    assert list(read)[-5:] == ["bytes", "intensity", "time_bound_s", "bound_by", "saving_time"]
    assert (read["bytes"], read["bound_by"]) == ("1614976", "memory")


@pytest.mark.parametrize("format_", ["markdown", "latex"])
def test_a_machine_is_shown_in_every_dialect(format_):
    """Separable moves 1,614,976 bytes, at 3.35 T a second in 482.1 ns."""
    assert "482.1 ns" in ran(f"{LAYER} {FAST} -f {format_}").text


def test_limits_hold_beside_a_machine():
    held = sepcost(*f"{LAYER} {FAST} --scheme separable --max-macs 15M".split())
    assert held.code == 0
    missed = sepcost(*f"{LAYER} {FAST} --scheme separable --max-macs 15M --batch 2".split())
    assert missed.code == 1
    assert b"bound" in missed.out


def test_a_machine_in_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\npeak = "495T"\nbandwidth = "3.35T"\nbytes = 2\n')
    by_file = ran(f"{LAYER} --machine {path} -f json").json
    by_rates = ran(f"{LAYER} {FAST} -f json").json
    assert by_file["machine"].pop("name") == "mine"
    by_rates["machine"].pop("name")
    assert by_file == by_rates
    assert ran(f"{LAYER} --machine {path} --bytes 1 -f json").json["convention"]["bytes"] == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("compare --no 64 --ni 64 --machine h100-fp16", "-s: is missing: bytes moved need the input's size"),
        ("compare --no 64 --ni 64 --bytes 2", "-s: is missing"),
        (f"{LAYER} --machine h100", "--machine: 'h100' is not a machine, nor a file that ends in .toml; did"),
        (f"{LAYER} --machine none.toml", "none.toml: cannot be read"),
        (f"{LAYER} --machine h100-fp16 --peak 1T", "--peak: cannot be used with --machine"),
        (f"{LAYER} --machine h100-fp16 --bandwidth 1T", "--bandwidth: cannot be used with --machine"),
        (f"{LAYER} --peak 1T", "--bandwidth: is missing: a machine has --peak and --bandwidth"),
        (f"{LAYER} --bandwidth 1T", "--peak: is missing"),
        (f"{LAYER} --peak 1t --bandwidth 1T", "--peak: '1t' has no known unit"),
        (f"{LAYER} --bytes 0", "--bytes: '0' is not a whole number"),
        (f"{LAYER} --bytes 0.5", "--bytes: '0.5' is not a whole number"),
        (f"{LAYER} --batch 0", "--batch: '0' is not a whole number"),
    ],
)
def test_what_cannot_be_a_machine_is_refused(line, problem):
    assert sepcost(*line.split()).refusal.startswith(problem)


def test_without_an_option_about_a_machine_compare_imports_nothing_for_it():
    check = (
        "import sys, io; from sepcost.cli import run; sys.stdout = io.TextIOWrapper(io.BytesIO());"
        f"run({[*LAYER.split(), '-f', 'json']!r});"
        "print(*sorted(m for m in sys.modules if m.startswith('sepcost')), file=sys.__stdout__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment(), cwd=ROOT
    )
    imported = set(done.stdout.split())
    assert "sepcost.comparison" in imported
    added = {
        "hardware",
        "report.roofline_phrases",
        "report.machines",
        "cli.machine_option",
    }
    assert not imported & {f"sepcost.{name}" for name in added}


@pytest.mark.parametrize(
    ("least", "code", "said"),
    [
        ("6848/12617", 0, ""),  # 876,544 bytes / 1,614,976 bytes: both are memory-bound
        (
            "0.543",
            1,
            "sepcost compare: saving in time 6848/12617 ~ 0.5428 is below the limit of 543/1000 ~ 0.543\n",
        ),
    ],
)
def test_a_saving_in_time_is_gated_exactly(least, code, said):
    layer = "compare --ni 64 --no 64 -s 56 --scheme separable --machine h100-fp16"
    done = sepcost(*layer.split(), "--min-time-saving", least, "-f", "json")
    assert (done.code, done.err) == (code, said)
    (budget,) = done.json["budgets"]
    assert (budget["name"], budget["metric"]) == ("min_saving_time", "saving_time")
    assert budget["passed"] is not bool(code)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--scheme separable", "--min-time-saving: needs --machine, or --peak and --bandwidth"),
        ("--scheme separable --bytes 2", "--min-time-saving: needs --machine, or --peak and --bandwidth"),
        ("--machine h100-fp16", "--scheme: a limit holds for one scheme"),
        ("--machine h100-fp16 --scheme distributed", "--scheme: distributed is not realizable"),
        ("--machine h100-fp16 --scheme separable --against distributed", "--against: distributed cannot"),
    ],
)
def test_a_saving_in_time_that_cannot_be_told_is_exit_2(line, said):
    done = sepcost(*f"compare --ni 64 --no 128 -s 56 --min-time-saving 1 {line}".split())
    assert done.refusal.startswith(said)


def test_the_machines_on_which_a_scheme_pays_are_those_whose_bound_falls():
    layer = "--ni 64 --no 256 -s 56"
    for each in (1, 2, 4):
        balance = ran(f"breakeven --for balance {layer} --bytes {each} -f json").json
        for row in balance["results"]:
            expected = [
                machine.name
                for machine in machines_of(each)
                if ran(f"compare {layer} --scheme {row['scheme']} --machine {machine.name} -f json").json[
                    "schemes"
                ][0]["saving"]["time"]
                >= 1
            ]
            assert row["machines"] == expected
    text = ran(f"breakeven --for balance {layer} --bytes 2 --scheme separable").text
    known = "separable, of the known machines of 2 bytes an element"
    assert f"{known}: pays on a100-fp16, rtx-4090-fp16, h100-fp16, not on l4-fp16\n" in text
    assert "no machine that is known has 3 bytes" in ran(f"breakeven --for balance {layer} --bytes 3").text


def test_rows_that_a_narrow_terminal_stacks_say_what_their_number_is():
    grid = ["sweep", "--no", "64,128", "--ni", "64", "-s", "56", "--machine", "h100-fp16", "-f", "table"]
    lines = on_terminal(*grid, "--scheme", "separable", "--color", "never", columns=30).text.splitlines()
    assert [line for line in lines if line.startswith("N_o")] == ["N_o 64", "N_o 128"]


def test_a_narrow_terminal_spares_what_is_implied_and_names_it():
    layer = ["compare", "--ni", "64", "--no", "256", "-s", "56", "--machine", "h100-fp16", "--color", "never"]
    wide, narrow = on_terminal(*layer, columns=160), on_terminal(*layer, columns=54)
    assert "no room for" not in wide.text
    assert "no room for: MACs/byte" in narrow.text
    at = next(n for n, line in enumerate(narrow.text.splitlines()) if line.split()[:1] == ["scheme"])
    headings = narrow.text.splitlines()[at : at + 2]
    assert headings[0].split() == ["scheme", "channels", "weights", "MACs", "saving"]
    assert headings[1].split() == ["bytes", "moved", "bound", "bound", "by", "time", "saving"]
    assert "53,186,560" in narrow.text


def test_machines_are_listed_with_their_balance_and_source():
    document = ran("machines -f json").json
    assert document["schema"] == "sepcost/machines/1"
    assert document["convention"] == {"unit": "MAC", "bias": False, "batch": 1}
    assert [machine["name"] for machine in document["machines"]] == list(MACHINE_NAMES)
    for machine in document["machines"]:
        assert machine["balance"] == pytest.approx(machine["peak"] / machine["bandwidth"])
        assert machine["source"] in ran("machines").text


@pytest.mark.parametrize("name", MACHINE_NAMES)
def test_every_machine_that_is_listed_is_taken(name):
    assert ran(f"{LAYER} --machine {name} -f json").json["machine"]["name"] == name


def breakeven(line):
    return ran(f"breakeven {line} -f json").json


def test_the_balances_at_which_a_scheme_pays():
    document = breakeven("--for balance --no 16 --ni 512 -s 28 --stride 4 --bytes 1 --scheme separable")
    assert (document["schema"], document["unknown"]) == ("sepcost/breakeven/1", "balance")
    assert document["given"] == {
        "n_i": 512,
        "n_o": 16,
        "f_r": 3,
        "f_c": 3,
        "l_r": 28,
        "l_c": 28,
        "gamma": "1/32",
        "stride": [4, 4],
        "dilation": [1, 1],
        "padding": "same",
    }
    assert document["machine"] is None
    (result,) = document["results"]
    assert (result["verdict"], result["metrics"]) == ("several", ["time"])
    assert result["condition"] == "balance <= 3136/421 or balance >= 25088/2801"
    assert [(part["lower"], part["upper"]) for part in result["intervals"]] == [
        (None, "3136/421"),
        ("25088/2801", None),
    ]
    assert result["intervals"][1]["lower_approx"] == pytest.approx(25088 / 2801)
    assert [result[end] for end in ("first", "last", "strictly_first", "strictly_last")] == [None] * 4


def test_the_outputs_from_which_on_a_scheme_pays_on_a_machine():
    document = breakeven(f"--metric time --ni 64 -s 56 {FAST} --gamma 2")
    assert (document["unknown"], document["machine"]["bytes"]) == ("N_o", 2)
    ends = {row["scheme"]: (row["verdict"], row["first"]) for row in document["results"]}
    assert ends == {
        "separable": ("from", 207),
        "generalized": ("from", 353),
        "distributed": ("not_applicable", None),
    }


@pytest.mark.parametrize("format_", ["table", "csv", "markdown", "latex"])
def test_both_are_shown_in_every_dialect(format_):
    """A balance of 451584/12617 MACs per byte, and 207 outputs."""
    assert "35.79" in ran(f"breakeven --for balance --no 64 --ni 64 -s 56 -f {format_}").text
    assert "207" in ran(f"breakeven --metric time --ni 64 -s 56 {FAST} -f {format_}").text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--for balance --no 64 --ni 64", "-s: is missing"),
        ("--for balance --ni 64 -s 8", "--no: is missing: give two of --ni, --no and --gamma"),
        ("--for balance --no 64 --ni 64 -s 8 --machine h100-fp16", "--machine: is the unknown"),
        ("--for balance --no 64 --ni 64 -s 8 --peak 1T", "--peak: is the unknown"),
        ("--for balance --no 64 --ni 64 -s 8 --metric macs", "--metric: macs do not depend on a machine"),
        ("--for balance --no 64 --ni 64 -s 8 --steps", "--steps: is for weights and MACs"),
        ("--for balance --no 64 --ni 64 -s 8 --tied", "--tied: is for weights and MACs"),
        ("--for balance --no 64 --ni 64 -s 8 -k any", "-k: any leaves no layer to bound"),
        ("--metric time --ni 64 -s 8", "--machine: is missing"),
        ("--metric time --machine h100-fp16 -s 8", "--ni: is missing"),
        ("--metric time --machine h100-fp16 --ni 8", "-s: is missing"),
        ("--metric time --machine h100-fp16 --ni 8 -s 8 --no 8", "--no: is the unknown"),
        ("--metric time --machine h100-fp16 --for gamma --ni 8 -s 8", "--for: with --metric time"),
        ("--bytes 2", "--bytes: is for --metric time and --for balance"),
        ("--fused", "--fused: is for --metric time and --for balance"),
        ("-s 8", "-s: is for --metric time and --for balance"),
        ("--machine h100-fp16 --metric macs", "--machine: is for --metric time and --for balance"),
    ],
)
def test_a_question_about_time_that_cannot_be_asked_is_refused(line, problem):
    assert sepcost("breakeven", *line.split()).refusal.startswith(problem)


def test_the_same_question_gives_the_same_bytes():
    for line in (
        f"{LAYER} {FAST} -f json",
        "breakeven --for balance --no 64 --ni 64 -s 56 -f json",
        "machines",
    ):
        assert sepcost(*line.split()).out == sepcost(*line.split(), PYTHONHASHSEED="7", LC_ALL="C").out


def test_json_has_no_infinity_however_fast_or_slow_a_machine_is():
    for rates in ("--peak 1 --bandwidth 1", f"--peak {'9' * 60}T --bandwidth {'9' * 60}T"):
        text = ran(
            f"compare --no 1000000000 --ni 1000000000 -k 1000000000 -s 1000000000 {rates} -f json"
        ).text
        json.loads(text, parse_constant=pytest.fail)
