"""sepcost audit: tables, and what changed since another network."""

import csv
import io
import re

import pytest

from tests.cli.audited import (
    KEYS,
    LAYER_KEYS,
    LEAN,
    MOBILENET,
    RESNET_50,
    STANDARD,
    audit,
    names,
    refusal,
)
from tests.cli.program import on_terminal, sepcost
from tests.network.onnx.models import LIGHT, conv, saved

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def body(text):
    """The rows of a plain table, as lists of what stands in them."""
    _, _, _, *rest = text.splitlines()
    return [re.split(r"\s{2,}", line) for line in rest[: rest.index("")]]


def number(text):
    return int(text.replace(",", ""))


def check_sums(rows, total):
    """The last four entries of each row are weights, MACs, MACs replaced and the saving."""
    assert sum(number(row[-4]) for row in rows) == number(total[-4])
    assert sum(number(row[-3]) for row in rows) == number(total[-3])
    assert sum(number(row[-2 if row[-2] != "-" else -3]) for row in rows) == number(total[-2])


@pytest.mark.parametrize("file", [MOBILENET, STANDARD, RESNET_50, str(LIGHT / "light_inception_v2.onnx")])
def test_the_rows_that_are_printed_add_up_to_the_totals(file):
    text = sepcost("audit", file).text
    *rows, total = body(text)
    assert total[0] == "total"
    check_sums(rows, total)
    document = audit(file)
    assert [row[0] for row in rows] == names(document)
    assert number(total[-3]) == document["totals"]["macs"]
    assert "\x1b" not in text
    assert text.endswith("MACs (1 MAC = 2 FLOPs), bias not counted, batch 1\n")


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_on_a_terminal_of_any_width_every_number_stands_whole(columns):
    done = sepcost("audit", STANDARD, columns=columns)
    text = ESCAPE.sub("", done.text)
    assert max(map(len, text.splitlines())) <= columns
    numbers = re.findall(r"(?<![\d,.])\d[\d,]*\d(?![\d,.])|(?<![\d,.])\d(?![\d,.])", text)
    for layer in audit(STANDARD)["layers"]:
        shown = [layer["weights"], layer["macs"], *filter(None, [(layer["replacement"] or {}).get("macs")])]
        assert {f"{count:,}" for count in shown} <= set(numbers)
    assert {"29,281,120", "4,867,293,184", "559,445,248"} <= set(numbers)


def test_a_terminal_as_wide_as_the_table_shows_the_same_rows():
    done = on_terminal("audit", STANDARD, columns=160)
    lines = [line.split() for line in ESCAPE.sub("", done.text).splitlines()]
    *rows, total = (line for line in lines if line and line[-1].endswith("×"))
    check_sums([row for row in lines if row and row[0].startswith(("conv", "classifier"))], total)
    assert len(rows) == 14


def test_what_changed_since_another_network():
    document = audit(LEAN, "--against", MOBILENET)
    assert list(document) == [*KEYS, "against", "changes"]
    assert document["against"] == {
        "network": {"name": "MobileNetV1 1.0-224", "format": "toml", "input": [1, 3, 224, 224]},
        "totals": audit(MOBILENET)["totals"],
    }
    assert document["against"]["totals"]["macs"] == 568_740_352
    changes = document["changes"]
    assert [len(changes[how]) for how in ("added", "removed", "changed")] == [0, 4, 0]
    gone = changes["removed"]
    assert [layer["name"] for layer in gone] == [
        "conv8_4/depthwise",
        "conv8_4/pointwise",
        "conv8_5/depthwise",
        "conv8_5/pointwise",
    ]
    assert all(list(layer) == LAYER_KEYS[:-1] for layer in gone)
    for metric in ("weights", "macs"):
        difference = document["against"]["totals"][metric] - document["totals"][metric]
        assert sum(layer[metric] for layer in gone) == difference
    assert sum(layer["weights"] for layer in gone) == 2 * 512 * (9 + 512)


def test_a_layer_that_is_otherwise_stands_before_and_after(two_layers):
    (changed, following) = audit(two_layers, "--width", "2", "--against", two_layers)["changes"]["changed"]
    assert (changed["name"], changed["before"]["n_o"], changed["after"]["n_o"]) == ("wide", 16, 32)
    assert (following["before"]["n_i"], following["after"]["n_i"]) == (16, 32)


def test_changes_as_rows():
    text = sepcost("audit", LEAN, "--against", MOBILENET, "-f", "csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["change"] for row in rows] == ["removed"] * 4
    assert rows[0] == {
        "name": "conv8_4/depthwise",
        "change": "removed",
        "kind_before": "depthwise",
        "weights_before": str(512 * 9),
        "macs_before": str(512 * 9 * 14 * 14),
        "kind_after": "",
        "weights_after": "",
        "macs_after": "",
    }


def test_the_table_of_changes_adds_up(two_layers):
    text = sepcost("audit", two_layers, "--width", "2", "--against", two_layers).text
    *rows, total = body(text)
    for column in (-3, -1):
        assert sum(number(row[column]) for row in rows) == number(total[column])
    assert number(total[-4]) == 32 * 4 * 9 + 8 * 32 * 25  # max(int(2 * 2), 8) = 8 outputs
    assert "two against two: 2 layers apart" in text


def test_what_a_change_does_to_memory_and_storage_stands_below_the_changes(two_layers):
    text = sepcost("audit", two_layers, "--width", "2", "--against", two_layers, "--bytes", "1").text
    before, after = (audit(two_layers, "--bytes", "1", *more)["totals"] for more in ((), ("--width", "2")))
    peaks = before["memory"]["peak"], after["memory"]["peak"]
    grown = peaks[1] - peaks[0]
    assert f"\nmemory: {peaks[0]:,} -> {peaks[1]:,} bytes (+{grown:,}) at the peak, in " in text
    stored = before["storage"], after["storage"]
    assert stored == (before["weights"], after["weights"])
    difference = stored[1] - stored[0]
    assert f"\nstorage: {stored[0]:,} -> {stored[1]:,} bytes (+{difference:,}) of parameters\n" in text


@pytest.mark.parametrize("scheme", ["separable", "blueprint", "none"])
def test_what_replacing_would_gain_is_said_below_changes_as_below_an_audit(two_layers, scheme):
    alone, compared = (
        sepcost("audit", two_layers, "--replace", scheme, *more).text
        for more in ([], ["--against", MOBILENET])
    )
    said = re.findall(r"^replaced: (.*)$", alone, re.MULTILINE)
    assert re.findall(r"^replaceable: (.*)$", compared, re.MULTILINE) == said
    assert len(said) == (scheme != "none")


def test_what_stays_is_said_to_be_unchanged(two_layers):
    text = sepcost("audit", two_layers, "--against", two_layers).text
    assert len(re.findall(r"^(?:memory|storage): [\d,]+ bytes \(unchanged\)", text, re.MULTILINE)) == 2


def test_what_is_not_known_of_one_of_two_networks_is_said_of_that_one(two_layers):
    text = sepcost("audit", two_layers, "--against", RESNET_50).text
    (line,) = [line for line in text.splitlines() if line.startswith("storage")]
    document = audit(RESNET_50)
    assert line == f"storage of {document['network']['name']} {document['totals']['storage_reason']}"


def test_a_target_stands_below_the_changes_too(two_layers):
    done = sepcost("audit", two_layers, "--against", two_layers, "--target-macs", "130k")
    assert "1 replacement for MACs of" in done.text
    assert "\n  wide\n" in done.text


def test_an_input_shape_is_for_the_one_of_two_networks_that_was_exported(tmp_path, two_layers):
    path = saved(tmp_path, conv(("N", 3, "H", "W"), (8, 3, 3, 3)))
    shape = ("--input-shape", "1x3x10x10")
    assert audit(path, "--against", two_layers, *shape)["network"]["input"] == [1, 3, 10, 10]
    document = audit(two_layers, "--against", path, *shape)
    assert document["against"]["totals"]["macs"] == 8 * 3 * 9 * 8 * 8
    assert refusal(two_layers, "--against", two_layers, *shape).startswith(
        "--input-shape: is for exported networks"
    )
