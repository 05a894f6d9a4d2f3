"""Sentences below tables, in titles and in errors are true and English at the ends of what may be typed."""

import re

import pytest

from tests.cli.program import ROOT, sepcost
from tests.network.onnx.models import model, node, saved, weights

COUNTED = "weight|MAC|FLOP|byte|element|product|channel|group|layer|dimension|operator|row"
ONE = re.compile(
    rf"(?<!-> )(?<![\w.,/>^-])1 (?:biases|(?:{COUNTED}|scheme|variant|replacement|limit|input)s)\b"
)
"""One of a thing, with the thing in the plural."""

LAYER = """name = "one"
channels = 1
size = 1
[[layer]]
out = 1
kernel = 1
bias = true
[[layer]]
dense = 1
"""


def test_one_of_a_thing_in_the_plural_is_found():
    assert ONE.search("nothing fits: 1 weights")
    assert ONE.search("within 1 bytes of memory")
    assert ONE.search("1 elements")
    assert not ONE.search("11 weights, 1 weight, 1 bias, 1 -> 1 channels, 0.1 bytes")


@pytest.mark.parametrize(
    "arguments",
    [
        "audit {one}",
        "audit {one} --flops",
        "audit {one} --top 1 --target-macs 1 --replace grouped --groups 1",
        "audit {one} --max-macs 1 --max-weights 1 --max-memory 1 --max-storage 1",
        "audit {one} --expect-macs 1 --expect-weights 1",
        "audit {one} --machine stm32f746-int8",
        "audit {one} --like thop",
        "audit {one} --against {one}",
        "audit {one} --input-shape 1",
        "fit --ni 1 --max-weights 1",
        "fit --ni 1 -s 1 --max-memory 1 --max-storage 1",
        "fit {one} --max-macs 1",
        "compare --no 9 --ni 1 --scheme grouped",
        "compare --no 1 --ni 1 -k 1 -s 1 --machine nrf52840-int8",
        "formula -f pytorch --ni 1 --no 1 -k 1",
        "sweep --no 1 --ni 1 --scheme separable --dry-run",
        "breakeven --no 1 --ni 1 --for groups",
    ],
)
def test_one_is_no_plural(arguments, tmp_path):
    (tmp_path / "one.toml").write_text(LAYER)
    done = sepcost(*arguments.format(one=tmp_path / "one.toml").split())
    assert done.text + done.err
    assert not (found := ONE.search(done.text + done.err)), found


def conv(x, w, y):
    return node("Conv", f"{x} {w}", y)


def test_what_is_not_counted_of_a_file_is_no_plural_where_it_is_one(tmp_path):
    nodes = [conv("x", "w", "y"), node("MatMul", "e f", "m")]
    made = model(nodes, {"x": (1, 1, 1, 1), "w": (1, 1, 1, 1), "e": (1, 1), "f": (1, 1)})
    path = str(saved(tmp_path, made))
    for more in ((), ("--max-weights", "1"), ("--max-macs", "1"), ("--input-shape", "1")):
        done = sepcost("audit", path, *more)
        assert not (found := ONE.search(done.text + done.err)), found


def test_a_file_s_batch_is_divided_out_of_any_other(tmp_path):
    path = saved(tmp_path, model([conv("x", "w", "y")], {"x": (8, 3, 4, 4)}, [weights("w", (4, 3, 1, 1))]))
    table = sepcost("audit", str(path), "--batch", "2").text
    assert "the file's batch of 8 is divided out" in table
    assert table.endswith("batch 2\n")
    assert "for one input" not in table


def test_what_is_not_known_is_said_once(tmp_path):
    made = model(
        [conv("x", "w", "y"), node("NonZero", "x", "z")], {"x": (1, 3, 4, 4)}, [weights("w", (4, 3, 1, 1))]
    )
    table = sepcost("audit", str(saved(tmp_path, made))).text
    assert "\nmemory is not known: the size of the map 'z' is not\n" in table


@pytest.mark.parametrize("tool", ["thop", "flop_counter", "keras", "deepspeed"])
def test_a_counter_s_version_ends_the_title(tool):
    network = str(ROOT / "examples" / "resnet18.pt2")
    title = sepcost("audit", network, "--like", tool).text.splitlines()[0]
    assert re.fullmatch(rf"resnet18 as counted by {tool} .+", title)


def test_rows_of_a_sweep_are_layers_times_variants():
    def rows(*arguments):
        line = sepcost("sweep", "--no", "64,128", "--ni", "64", "--dry-run", *arguments).text
        assert line.endswith("\n")
        return line[:-1]

    grouped = ("--scheme", "grouped", "--groups")
    assert rows() == "8 rows: 2 layers in 4 schemes"
    assert rows(*grouped, "2") == "2 rows: 2 layers in 1 scheme"
    assert rows(*grouped, "2,4,8") == "6 rows: 2 layers in 3 variants of 1 scheme"
    assert rows(*grouped, "2,4", "--scheme", "standard") == "6 rows: 2 layers in 3 variants of 2 schemes"


def test_a_memory_that_holds_the_parameters_too_is_said_to():
    shared = sepcost("fit", "--ni", "64", "-s", "56", "--machine", "h100-fp16").text
    assert "\nmemory: of the parameters and of the maps that live at the peak; 2 bytes an element\n" in shared
    apart = sepcost("fit", "--ni", "64", "-s", "56", "--machine", "stm32f746-int8").text
    assert "\nmemory: of the maps that live at the peak; storage: of the parameters; 1 byte an" in apart
    alone = sepcost("fit", "--ni", "64", "-s", "56", "--max-memory", "1M").text
    assert "\nmemory: of the maps that live at the peak; 4 bytes an element\n" in alone


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("--gamma 2", "distributed: no such N_o has a whole multiplier"),
        ("--no 64 --for kernel --gamma 2", "distributed: no such k has a whole multiplier"),
        ("--ni 64", "generalized: the last N_o with a whole multiplier is 512"),
        ("--no 64 --for ni", "distributed: the first N_i with a whole multiplier is 4"),
        ("--ni 1 --for gamma", "distributed: the first gamma with a whole multiplier is 4, the last 49"),
        ("--ni 4 --for gamma", "distributed: the last gamma with a whole multiplier is 64"),
        ("--gamma 4", ""),
        (
            "--gamma 2 --scheme separable --against distributed",
            "separable: no such N_o has whole multipliers",
        ),
    ],
)
def test_what_can_be_built_of_what_pays_is_said_where_a_multiplier_is_not_whole(question, note):
    lines = sepcost("breakeven", *question.split()).text.splitlines()
    notes = [line for line in lines if "whole multiplier" in line and ": " in line]
    assert note in notes if note else not notes


@pytest.mark.parametrize("unknown", ["no", "ni", "gamma"])
def test_the_first_and_the_last_that_are_realizable_can_be_built_and_the_next_pays_no_more(unknown):
    given = {"no": "--ni 48", "ni": "--no 48", "gamma": "--ni 48"}[unknown].split()
    for row in sepcost("breakeven", "--for", unknown, *given, "-f", "json").json["results"]:
        for end in ("first_realizable", "last_realizable"):
            if row[end] is not None:
                layer = ("compare", f"--{unknown}", str(row[end]), *given, "--scheme", row["scheme"])
                (built,) = sepcost(*layer, "-f", "json").json["schemes"]
                assert built["realizable"], (unknown, row)
                assert built["saving"]["weights"] >= 1


MEASURED = """peak = "10G"
bandwidth = "10G"
launch = "1us"
[efficiency]
standard = 0.5
depthwise = 0.1
pointwise = 0.4
"""


def test_what_is_a_bound_and_what_an_estimate_is_told_on_a_measured_machine(tmp_path):
    (tmp_path / "mine.toml").write_text(MEASURED)
    on = ("--machine", str(tmp_path / "mine.toml"))
    network = str(ROOT / "examples" / "unet.toml")
    left_out = "operators that are not counted, such as pooling and activations"
    assert f"\nthe bound and the estimate leave out {left_out}\n" in sepcost("audit", network, *on).text
    usual = sepcost("audit", network, "--machine", "raspberry-pi-5").text
    assert f"\nthe bound leaves out {left_out}\n" in usual
    rows = sepcost(
        "breakeven", "--metric", "time", "--ni", "64", "-s", "8", *on, "--scheme", "separable"
    ).text
    assert re.findall(r"^separable  (\w+ \w+(?: \w+)?)", rows, re.MULTILINE) == [
        "bound in time",
        "estimated time",
    ]


@pytest.mark.parametrize("command", ["compare", "audit", "fit"])
def test_a_limit_on_time_says_what_is_compared_with_it(command):
    said = " ".join(sepcost(command, "--help").text.split())
    assert "5ms. By the bound; on a machine that was measured, by the estimate." in said
