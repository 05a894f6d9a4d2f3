"""A network on a machine: bytes, bounds, and which replacements gain time."""

from __future__ import annotations

import csv
import io
import math

import pytest

from sepcost.report.phrases import seconds
from tests.cli.program import ROOT, sepcost

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
FIGURES = ("--peak", "495T", "--bandwidth", "3.35T", "--bytes", "2")


def audited(*arguments):
    done = sepcost("audit", STANDARD, *arguments, "-f", "json")
    assert done.code == 0, done.err
    return done.json


def layer_of(document, name):
    return next(layer for layer in document["layers"] if layer["name"] == name)


def test_a_layer_reads_its_map_and_weights_once_and_writes_its_map_once():
    layer = layer_of(audited("--bytes", "2"), "conv10")
    assert layer["bytes"] == 2 * (1024 * 7 * 7 + 1024 * 1024 * 9 + 1024 * 7 * 7)
    assert layer["intensity"] == layer["macs"] / layer["bytes"]
    depthwise = 1024 * 7 * 7 + 1024 * 9 + 1024 * 7 * 7
    pointwise = 1024 * 7 * 7 + 1024 * 1024 + 1024 * 7 * 7
    assert layer["replacement"]["bytes"] == 2 * (depthwise + pointwise)
    assert "time_bound_s" not in layer


def test_fused_replacements_leave_their_inner_map_out():
    apart, fused = audited("--bytes", "2"), audited("--bytes", "2", "--fused")
    inner = 1024 * 7 * 7
    assert (
        layer_of(apart, "conv10")["replacement"]["bytes"] - layer_of(fused, "conv10")["replacement"]["bytes"]
        == 2 * 2 * inner
    )


def test_the_bound_is_the_longer_of_arithmetic_and_traffic():
    layer = layer_of(audited(*FIGURES), "conv10")
    computing, moving = layer["macs"] / 495e12, layer["bytes"] / 3.35e12
    assert math.isclose(layer["time_bound_s"], max(computing, moving))
    assert layer["bound_by"] == ("compute" if computing >= moving else "memory") == "memory"
    assert math.isclose(layer["saving"]["time"], layer["time_bound_s"] / layer["replacement"]["time_bound_s"])


def test_totals_are_the_sums_of_the_layers():
    document = audited(*FIGURES)
    layers, totals, replaced = document["layers"], document["totals"], document["replaced"]
    assert totals["bytes"] == sum(layer["bytes"] for layer in layers)
    assert math.isclose(totals["time_bound_s"], sum(layer["time_bound_s"] for layer in layers))
    after = [layer["replacement"] or layer for layer in layers]
    assert replaced["bytes"] == sum(layer["bytes"] for layer in after)
    assert math.isclose(replaced["time_bound_s"], sum(layer["time_bound_s"] for layer in after))


def test_replacements_are_told_by_whether_they_gain_time_or_lose_it():
    document = audited(*FIGURES)
    savings = {layer["name"]: layer["saving"]["time"] for layer in document["layers"] if layer["replacement"]}
    time = document["time"]
    assert time["gaining"] == [name for name, saving in savings.items() if saving > 1]
    assert time["losing"] == [name for name, saving in savings.items() if saving < 1] != []
    best = sum(
        min(layer["time_bound_s"], (layer["replacement"] or layer)["time_bound_s"])
        for layer in document["layers"]
    )
    assert math.isclose(time["best_time_bound_s"], best)


def test_a_batch_multiplies_macs_and_maps_and_not_weights():
    one, eight = audited("--bytes", "1"), audited("--bytes", "1", "--batch", "8")
    assert eight["convention"]["batch"] == 8
    assert eight["totals"]["macs"] == 8 * one["totals"]["macs"]
    weights = one["totals"]["weights"]
    assert eight["totals"]["bytes"] - weights == 8 * (one["totals"]["bytes"] - weights)
    assert eight["totals"]["weights"] == weights


def test_every_output_is_for_the_whole_batch():
    batch = ("--batch", "8")
    one, eight = audited("--target-macs", "1G"), audited("--target-macs", "8G", *batch)
    assert eight["plan"]["layers"] == one["plan"]["layers"]
    assert eight["plan"]["value"] == 8 * one["plan"]["value"]
    assert eight["replaced"]["macs"] == 8 * one["replaced"]["macs"]
    text = sepcost("audit", STANDARD, *batch).text
    assert f"MACs {eight['totals']['macs']:,} -> {eight['replaced']['macs']:,}" in text
    assert text.endswith("batch 8\n")
    rows = csv.DictReader(io.StringIO(sepcost("audit", STANDARD, *batch, "-f", "csv").text))
    for row, layer in zip(rows, one["layers"], strict=True):
        assert int(row["macs"]) == 8 * layer["macs"]
        if layer["replacement"]:
            assert int(row["replacement_macs"]) == 8 * layer["replacement"]["macs"]
    held = sepcost("audit", STANDARD, *batch, "--max-macs", str(eight["totals"]["macs"]))
    assert held.code == 0


def test_the_table_says_what_the_bound_leaves_out_and_names_the_losers():
    done = sepcost("audit", STANDARD, *FIGURES)
    losing = audited(*FIGURES)["time"]["losing"]
    assert f"lose time: {', '.join(losing)}" in done.text
    assert "the bound leaves out operators that are not counted" in done.text


def test_many_losers_are_not_all_named(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text("channels = 8\nsize = [64, 64]\n[[layer]]\nout = 8\nkernel = 3\nrepeat = 1000\n")
    text = sepcost("audit", str(path), *FIGURES, "--top", "1").text
    assert "time is gained by 0 replacements and lost by 1,000" in text
    assert " and 988 more\n" in text  # 12 are named
    assert len(text) < 3000


def test_csv_has_the_bytes_and_the_bound_of_each_layer():
    done = sepcost("audit", STANDARD, *FIGURES, "-f", "csv")
    heading, first, *_ = done.text.splitlines()
    row = dict(zip(heading.split(","), first.split(","), strict=True))
    conv1 = layer_of(audited(*FIGURES), "conv1")
    assert int(row["bytes"]) == conv1["bytes"] == 2 * (3 * 224 * 224 + 32 * 3 * 9 + 32 * 112 * 112)
    assert float(row["time_bound_s"]) == conv1["time_bound_s"]


@pytest.mark.parametrize("machine", ["raspberry-pi-5", "measured.toml"])
def test_on_a_machine_a_change_is_told_in_time_too(machine, tmp_path, monkeypatch):
    measured = tmp_path / "measured.toml"
    measured.write_text('peak = "76.8G"\nbandwidth = "17G"\nlaunch = "3us"\nerror = 0.18\n')
    how = ("--machine", str(measured) if machine == "measured.toml" else machine, "--batch", "2")
    plain = "examples/mobilenet_v1.toml"
    document = audited(*how, "--against", plain)
    before = sepcost("audit", plain, *how, "-f", "json").json["totals"]
    assert document["against"]["totals"] == before
    done = sepcost("audit", STANDARD, *how, "--against", plain)
    assert done.err == ""
    text = done.text
    moved = [totals["bytes"] for totals in (before, document["totals"])]
    assert f"bytes moved: {moved[0]:,} -> {moved[1]:,} bytes (+{moved[1] - moved[0]:,})\n" in text
    for said, key in (("bound", "time_bound_s"), ("estimate", "time_estimate_s")):
        if key in before:
            was, is_ = before[key], document["totals"][key]
            change = f"{seconds(was)} -> {seconds(is_)} (+{seconds(is_ - was)})"
            assert f"\ntime {said}: {change}\n" in text
    assert ("time estimate" in text) == (machine == "measured.toml")
    assert "MACs (1 MAC = 2 FLOPs), bias not counted, batch 2\n" in text


def test_a_change_is_told_to_fit_a_machine_or_not():
    text = sepcost(
        "audit", "examples/mobilenet_v1.toml", "--machine", "stm32f746-int8", "--against", STANDARD
    ).text
    assert "does not fit: bytes of memory 1,204,224 exceed" in text


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--machine", "h100"), "--machine"),
        (("--peak", "1T"), "--bandwidth"),
        (("--machine", "h100-fp16", "--peak", "1T"), "--peak"),
        (("--bytes", "0"), "--bytes"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_in_a_line(arguments, option):
    done = sepcost("audit", STANDARD, *arguments)
    assert done.refusal.startswith(f"{option}: ")


def test_a_network_that_does_not_fit_is_told_so_by_audit_and_held_by_check(tmp_path):
    chip = ("--machine", "stm32f746-int8")
    told = sepcost("audit", "examples/mobilenet_v1.toml", *chip)
    assert (told.code, told.err) == (0, "")
    assert told.text.index("does not fit: bytes of memory") < told.text.index("time is gained")
    assert sepcost("audit", "examples/mobilenet_v1.toml", *chip, "--max-memory", "320Ki").code == 1
    path = tmp_path / "budgets.toml"
    network = ROOT / "examples" / "mobilenet_v1.toml"
    path.write_text(f"[[budget]]\nname = 'chip'\nnetwork = '{network}'\nmachine = 'stm32f746-int8'\n")
    held = sepcost("check", str(path), "-f", "json")
    assert held.code == 1
    assert [(row["metric"], row["passed"]) for row in held.json["budgets"]] == [
        ("memory", False),
        ("storage", False),
    ]
    path.write_text(path.read_text() + "width = 0.25\n")
    assert sepcost("check", str(path)).code == 0
