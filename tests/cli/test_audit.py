"""sepcost audit: what its JSON, its other formats, its options and its exit codes promise."""

import csv
import io
import json
import math
import os
import random
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from onnx import TensorProto, helper

from tests.cli.hostile import HOSTILE, SHOWN, toml
from tests.cli.program import ROOT, on_terminal, process, sepcost, shell
from tests.cli.test_imports import imported
from tests.network.onnx.models import DATA, LIGHT, conv, model, node, saved, value, weights

EXAMPLES = ROOT / "examples"
MOBILENET = str(EXAMPLES / "mobilenet_v1.toml")
STANDARD = str(EXAMPLES / "mobilenet_v1_standard.toml")
LEAN = str(EXAMPLES / "mobilenet_v1_lean.toml")
RESNET_50 = str(LIGHT / "light_resnet50.onnx")

KEYS = ["schema", "network", "convention", "layers", "totals"]
KEYS += ["subtotals", "replaced", "uncounted", "budgets"]
LAYER_KEYS = [
    "name",
    "op",
    "kind",
    "n_i",
    "n_o",
    "kernel",
    "stride",
    "dilation",
    "groups",
    "positions",
    "reads",
    "writes",
    "path",
    "weights",
    "macs",
    "replacement",
]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

TWO_LAYERS = """
channels = 4
size = 10
[[layer]]
name = "wide"
out = 16
kernel = 3
[[layer]]
name = "narrow"
out = 2
kernel = 5
"""
WIDE, NARROW = 16 * 4 * 9, 2 * 16 * 25
WIDE_SEPARABLE, NARROW_SEPARABLE = 4 * (16 + 9), 16 * (2 + 25)


def audit(*arguments, code=0):
    """The document that an audit prints as JSON."""
    done = sepcost("audit", *map(str, arguments), "-f", "json")
    assert done.code == code, done.err
    assert bool(done.err) == bool(code)
    return done.json


def refusal(*arguments):
    """The one line, after the command's name, with which an audit is refused."""
    done = sepcost("audit", *map(str, arguments))
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("sepcost audit: ")
    assert done.err.count("\n") == 1
    assert done.err.rstrip("\n").isprintable()
    return done.err.removeprefix("sepcost audit: ").rstrip("\n")


@pytest.fixture
def two_layers(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(TWO_LAYERS)
    return str(path)


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / "hostile.toml"
    path.write_text(toml())
    return str(path)


def names(document):
    return [layer["name"] for layer in document["layers"]]


# JSON


def test_json_of_an_onnx_model_key_by_key():
    document = audit(RESNET_50)
    assert list(document) == KEYS
    assert document["schema"] == "sepcost/audit/1"
    assert document["network"] == {
        "name": "light_resnet50",
        "format": "onnx",
        "input": [1, 3, 224, 224],
        "batch_divided_out": 1,
        "not_divided": None,
    }
    assert document["convention"] == {
        "unit": "MAC",
        "bias": False,
        "batch": 1,
        "counted": [
            "Conv",
            "ConvInteger",
            "ConvTranspose",
            "QLinearConv",
            "DeformConv",
            "Gemm",
            "MatMul",
            "MatMulInteger",
            "QLinearMatMul",
            "Einsum",
            "LSTM",
            "GRU",
            "RNN",
            "Attention",
            "MultiHeadAttention",
        ],
    }
    block = dict(document["layers"][names(document).index("n7")])
    shapes = {"reads": block.pop("reads"), "writes": block.pop("writes")}
    assert shapes in ({"reads": [1, 64, 56, 56], "writes": [1, 64, 56, 56]}, {"reads": None, "writes": None})
    assert block == {
        "name": "n7",
        "op": "Conv",
        "kind": "standard",
        "n_i": 64,
        "n_o": 64,
        "kernel": [3, 3],
        "stride": [1, 1],
        "dilation": [1, 1],
        "groups": 1,
        "positions": 56 * 56,
        "path": None,
        "weights": 64 * 64 * 9,
        "macs": 64 * 64 * 9 * 56 * 56,
        "replacement": {"scheme": "separable", "weights": 64 * 73, "macs": 64 * 73 * 56 * 56},
    }
    assert all(list(row)[: len(LAYER_KEYS)] == LAYER_KEYS for row in document["layers"])
    assert all(("reason" in row) == (row["replacement"] is None) for row in document["layers"])
    assert document["uncounted"]["opaque"] == []
    assert {"op": "Relu", "count": 49} in document["uncounted"]["free"]
    assert document["budgets"] == []


def test_json_of_a_toml_network_counts_nothing_besides():
    document = audit(MOBILENET)
    assert list(document) == KEYS
    assert document["network"] == {
        "name": "MobileNetV1 1.0-224",
        "format": "toml",
        "input": [1, 3, 224, 224],
    }
    assert document["uncounted"] == {"free": [], "opaque": [], "held": []}
    classifier = document["layers"][-1]
    assert (classifier["op"], classifier["kind"], classifier["kernel"]) == ("Gemm", "dense", [])
    assert (classifier["replacement"], classifier["reason"]) == (None, "is dense, not a convolution")


@pytest.mark.parametrize(
    ("file", "totals"),
    [
        (MOBILENET, {"weights": 4_209_088, "macs": 568_740_352}),  # Table 4: 4.2 M, 569 M
        (STANDARD, {"weights": 29_281_120, "macs": 4_866_269_184 + 1_024_000}),  # 29.3 M; 4866 M and dense
        (RESNET_50, {"weights": 25_502_912, "macs": 4_089_184_256}),  # torchvision: 4.089 G
    ],
    ids=["MobileNet", "its standard twin", "ResNet-50"],
)
def test_the_published_counts_come_out_exactly(file, totals):
    document = audit(file)
    assert document["totals"].items() >= totals.items()
    for metric in ("weights", "macs"):
        assert sum(layer[metric] for layer in document["layers"]) == totals[metric]


def test_without_its_classifier_mobilenet_is_what_tf_slim_lists():
    *backbone, classifier = audit(MOBILENET)["layers"]
    assert classifier["weights"] == classifier["macs"] == 1024 * 1000
    assert sum(layer["weights"] for layer in backbone) == 3_185_088
    assert sum(layer["macs"] for layer in backbone) == 567_716_352


def test_the_papers_layer_of_512_channels():
    """MobileNet, Table 3: 2.36 M weights and 462 M MACs, separable 0.27 M and 52.3 M."""
    document = audit(STANDARD)
    layer = document["layers"][names(document).index("conv8_1")]
    assert (layer["weights"], layer["macs"]) == (2_359_296, 462_422_016)
    assert layer["replacement"] == {"scheme": "separable", "weights": 266_752, "macs": 52_283_392}


def test_replaced_totals_are_those_of_the_layers():
    document = audit(RESNET_50)
    now = [layer["replacement"] or layer for layer in document["layers"]]
    assert {key: document["replaced"][key] for key in ("weights", "macs", "layers")} == {
        "weights": sum(layer["weights"] for layer in now),
        "macs": sum(layer["macs"] for layer in now),
        "layers": 1 + 3 + 4 + 6 + 3,  # the stem, and the 3x3 of each block
    }


def test_every_model_of_the_wheel_is_audited_with_no_layer_unresolved():
    models = sorted(LIGHT.glob("*.onnx"))
    assert len(models) == 9
    for path in models:
        document = audit(path)
        assert document["uncounted"]["opaque"] == []
        assert all(layer["macs"] > 0 and layer["weights"] > 0 for layer in document["layers"])


def test_the_kinds_of_shufflenet():
    kinds = [layer["kind"] for layer in audit(LIGHT / "light_shufflenet.onnx")["layers"]]
    assert (kinds.count("depthwise"), kinds.count("grouped")) == (16, 32)


def test_the_same_audit_is_the_same_bytes_in_every_process():
    for format_ in ("json", "table"):
        runs = [
            process(
                "audit", str(LIGHT / "light_shufflenet.onnx"), "-f", format_, PYTHONHASHSEED=seed, LANG=lang
            )
            for seed, lang in (("0", "C"), ("1", "C.UTF-8"))
        ]
        assert runs[0] == runs[1]
        assert runs[0].code == 0


def test_a_toml_network_brings_in_no_library_but_click(tmp_path):
    for line in (f"audit {MOBILENET}", f"audit {MOBILENET} -f json --max-macs 1k", "audit --help"):
        assert imported(line, tmp_path) == {"click"}


# Options


def test_width_multiplies_channels_and_leaves_the_classifier():
    """MobileNet, Table 6: 0.75 MobileNet-224 takes 325 M MACs and holds 2.6 M weights."""
    document = audit(MOBILENET, "--width", "0.75")
    assert (document["layers"][0]["n_o"], document["layers"][-1]["n_o"]) == (24, 1000)
    assert f"{document['totals']['macs'] / 1e6:.0f}" == "325"
    assert f"{document['totals']['weights'] / 1e6:.1f}" == "2.6"
    assert audit(MOBILENET, "--width", "3/4") == document


def test_size_sets_the_input():
    """MobileNet, Table 7: 1.0 MobileNet-192 takes 418 M MACs and holds the same weights."""
    document = audit(MOBILENET, "--size", "192")
    assert document["network"]["input"] == [1, 3, 192, 192]
    assert document["totals"]["weights"] == 4_209_088
    assert f"{document['totals']['macs'] / 1e6:.0f}" == "418"
    assert audit(MOBILENET, "-s", "192x96")["network"]["input"] == [1, 3, 192, 96]


@pytest.mark.parametrize(
    ("options", "wide", "narrow"),
    [
        (("--replace", "separable"), WIDE_SEPARABLE, NARROW_SEPARABLE),
        (("--replace", "generalized"), 4 * 4 * (16 + 9), "gamma = N_o/N_i = 1/8 is below 1"),
        (("--replace", "generalized", "--gamma", "2"), 2 * 4 * (16 + 9), "generalized takes no fewer MACs"),
        (("--replace", "distributed"), 2 * 4 * (16 + 9), "gamma = N_o/N_i = 1/8 is below 1"),
        (("--replace", "none"), "no replacement is wanted", "no replacement is wanted"),
    ],
)  # fmt: skip
def test_what_replaces_a_layer(two_layers, options, wide, narrow):
    """Generalized with gamma 2 would hold 2 * 16 * (2 + 25) = 864 weights for the 800 of the narrow layer."""
    found = [
        layer["replacement"]["weights"] if layer["replacement"] else layer["reason"]
        for layer in audit(two_layers, *options)["layers"]
    ]
    assert found == [wide, narrow]


@pytest.mark.parametrize("options", [("--metric", "{}"), ("--sort", "{}")], ids=["metric", "sort"])
@pytest.mark.parametrize(
    ("metric", "columns"),
    [
        ("macs", ["replaced", "saving"]),
        ("weights", ["weights replaced", "weights saving"]),
        ("memory", ["memory", "memory replaced", "memory saving"]),
    ],
)
def test_the_columns_of_savings_are_in_the_metric(two_layers, options, metric, columns):
    arguments = [each.format(metric) for each in options]
    heading, *rows = sepcost("audit", two_layers, *arguments).text.splitlines()[2:5]
    assert re.split(r"\s{2,}", heading)[-len(columns) :] == columns
    if options[0] == "--sort":
        return
    for row, layer in zip(rows, audit(two_layers, *arguments)["layers"], strict=True):
        before, after = layer[metric], layer["replacement"][metric]
        figures = [*([f"{before:,}"] if metric == "memory" else []), f"{after:,}", f"{before / after:.2f}x"]
        assert re.split(r"\s{2,}", row)[-len(columns) :] == figures


def test_memory_of_each_layer_is_data_where_it_is_the_metric(two_layers):
    document = audit(two_layers, "--metric", "memory", "--bytes", "1")
    wide = document["layers"][0]
    # 4 maps of 10x10 are read and 16 written; replaced, at most 4 and 16 live at once too.
    assert (wide["memory"], wide["replacement"]["memory"], wide["saving"]["memory"]) == (2000, 2000, 1)
    text = sepcost("audit", two_layers, "--metric", "memory", "--bytes", "1", "-f", "csv").text
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["memory"], row["replacement_memory"], row["saving_memory"]) == ("2000", "2000", "1.0")
    assert float(row["saving_weights"]) == WIDE / WIDE_SEPARABLE


def test_without_a_replacement_there_are_no_columns_of_it(two_layers):
    for machine in ((), ("--machine", "raspberry-pi-5")):
        text = sepcost("audit", two_layers, "--replace", "none", *machine).text
        assert "replaced" not in text
        assert "saving" not in text
        assert " - " not in text


def test_why_layers_stay_as_they_are_is_said_below_those_that_do():
    text = sepcost("audit", MOBILENET).text
    stay = "has more than one group (13); has one tap (13); is dense, not a convolution (1)"
    line = f"not replaced: 27 layers: {stay}\n"
    assert f"\n{line}" in text
    for options in (("--top", "1"), ("--sort", "saving"), ("--sort", "saving", "--top", "1")):
        assert f"\n{line}" in sepcost("audit", MOBILENET, *options).text
    roots = sepcost("audit", str(EXAMPLES / "resnet18.pt2"), "--replace", "distributed").text
    line = "8 layers: not realizable: its multiplier 8*sqrt(3)/3 is not whole, and the like (4); "
    assert f"{line}has one tap (3); " in roots
    one = sepcost("audit", STANDARD).text
    assert "\nnot replaced: 1 layer: is dense, not a convolution (1)\n" in one


@pytest.mark.parametrize(
    ("sort", "order"), [("position", "abc"), ("macs", "bac"), ("weights", "cba"), ("saving", "acb")]
)
def test_the_order_of_the_layers(tmp_path, sort, order):
    """MACs:   a 8*8*9 * 64*64 = 2,359,296    b 8*80 * 64*64 = 2,621,440    c 80*8*9 * 8*8 = 368,640
    weights: a 576                          b 640                         c 5,760
    saving:  a (576 - 136) * 64*64          b none, with one tap          c (5,760 - 1,360) * 8*8
    """
    path = tmp_path / "net.toml"
    path.write_text(
        "channels = 8\nsize = 64\n"
        '[[layer]]\nname = "a"\nout = 8\nkernel = 3\n'
        '[[layer]]\nname = "b"\nout = 80\nkernel = 1\n'
        "[[layer]]\npool = 8\n"
        '[[layer]]\nname = "c"\nout = 8\nkernel = 3\n'
    )
    assert names(audit(path, "--sort", sort)) == list(order)


def test_layers_of_one_rank_stay_in_their_order():
    found = names(audit(STANDARD, "--sort", "saving"))
    assert found[1:6] == [f"conv8_{number}" for number in range(1, 6)]


def test_top_shows_the_first_and_counts_all():
    whole, top = audit(STANDARD, "--sort", "macs"), audit(STANDARD, "--sort", "macs", "--top", "2")
    assert top["layers"] == whole["layers"][:2]
    assert (top["totals"], top["replaced"]) == (whole["totals"], whole["replaced"])
    assert audit(STANDARD, "--top", "1000")["layers"] == audit(STANDARD)["layers"]
    assert "not shown, but in the totals: 13 layers" in sepcost("audit", STANDARD, "--top", "2").text


def test_a_target_names_the_fewest_replacements(two_layers):
    now, least = (WIDE + NARROW) * 100, (WIDE_SEPARABLE + NARROW_SEPARABLE) * 100
    one = now - (WIDE - WIDE_SEPARABLE) * 100
    both = ["wide", "narrow"]
    to_least = {"metric": "macs", "target": least, "reached": True, "layers": both, "value": least}
    for target, reached, layers, after in (
        (now, True, [], now),
        (now - 1, True, ["wide"], one),
        (one, True, ["wide"], one),
        (one - 1, True, ["wide", "narrow"], least),
        (least, True, ["wide", "narrow"], least),
        (least - 1, False, [], now),
    ):
        plan = audit(two_layers, "--target-macs", target)["plan"]
        assert plan == {
            "metric": "macs",
            "target": target,
            "reached": reached,
            "layers": layers,
            "value": after,
            **({} if reached else {"least": to_least}),
        }
    assert audit(two_layers, "--target-weights", WIDE_SEPARABLE + NARROW)["plan"]["layers"] == ["wide"]


@pytest.mark.parametrize(
    ("metric", "run"),
    [("macs", ()), ("weights", ()), ("memory", ("--bytes", "1")), ("time", ("--machine", "raspberry-pi-5"))],
)
def test_a_target_is_a_share_of_what_the_network_takes(metric, run):
    """Of a count it is the whole number within the share."""
    document = audit(STANDARD, f"--target-{metric}", "62.5%", *run)
    totals = document["totals"]
    if metric == "time":
        assert math.isclose(document["plan"]["target"], 0.625 * totals["time_bound_s"])
        return
    now = totals["memory"]["peak"] if metric == "memory" else totals[metric]
    target = now * 5 // 8
    assert document["plan"]["target"] == target
    assert document["plan"] == audit(STANDARD, f"--target-{metric}", target, *run)["plan"]


@pytest.mark.parametrize("share", ["0%", "100%", "101%", "-5%", "%", "7e1%", "1/2%", "0.%"])
def test_a_share_that_is_none_is_refused(share):
    problem = refusal(MOBILENET, "--target-macs", share)
    assert problem.startswith("--target-macs: ")
    assert problem.endswith("is not a share above 0% and below 100%, such as 70%")
    assert "is a share: give the number itself" in refusal(MOBILENET, "--max-macs", "70%")


def test_a_target_out_of_reach_is_said_and_no_failure(two_layers):
    done = sepcost("audit", two_layers, "--target-macs", "1")
    assert (done.code, done.err) == (0, "")
    document = audit(two_layers, "--target-macs", "1")
    least, replaced = document["plan"]["least"], document["replaced"]
    assert (least["value"], len(least["layers"])) == (replaced["macs"], replaced["layers"]) != (0, 0)
    said = f"the least is {replaced['macs']:,}, with {replaced['layers']} layers replaced"
    assert f"No replacements bring MACs to 1; {said}\n" in done.text
    none = sepcost("audit", two_layers, "--replace", "none", "--target-macs", "1").text
    assert f"No replacements bring MACs to 1; the least is {document['totals']['macs']:,}, as it is\n" in none


def test_no_target_no_plan(two_layers):
    assert "plan" not in audit(two_layers)


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


# Limits


@pytest.mark.parametrize(
    ("limits", "code", "lines"),
    [
        (("--max-macs", "568740352", "--max-weights", "4209088"), 0, []),
        (
            ("--max-macs", "568740351"),
            1,
            ["MACs 568,740,352 exceed the limit of 568,740,351 by 1"],
        ),
        (
            ("--max-macs", "500M", "--max-weights", "4.2M"),
            1,
            [
                "weights 4,209,088 exceed the limit of 4,200,000 by 9,088",
                "MACs 568,740,352 exceed the limit of 500,000,000 by 68,740,352",
            ],
        ),
    ],
)
def test_limits_are_inclusive_and_each_that_is_exceeded_is_a_line(limits, code, lines):
    done = sepcost("audit", MOBILENET, *limits)
    assert done.code == code
    assert done.err.splitlines() == [f"sepcost audit: {line}" for line in lines]
    assert done.out == sepcost("audit", MOBILENET).out


def test_limits_in_json():
    document = audit(MOBILENET, "--max-macs", "500M", "--max-weights", "5M", code=1)
    assert document["budgets"] == [
        {
            "name": "max_weights",
            "metric": "weights",
            "limit": 5_000_000,
            "value": 4_209_088,
            "passed": True,
        },
        {
            "name": "max_macs",
            "metric": "macs",
            "limit": 500_000_000,
            "value": 568_740_352,
            "passed": False,
        },
    ]
    assert len(document["layers"]) == 28


def test_limits_hold_for_the_network_as_it_stands():
    assert sepcost("audit", STANDARD, "--max-macs", "600M", "--target-macs", "600M").code == 1


OPAQUE = {
    "Det": node("Det", "s", "h"),
    "Einsum": node("Einsum", "x x x", "h", equation="ncij,ncij,ncij->ncij"),
    "com.acme.Fused": helper.make_node("Fused", ["x"], ["h"], domain="com.acme"),
}


@pytest.mark.parametrize("op", OPAQUE)
def test_an_operator_of_unknown_cost_is_listed_and_no_limit_holds_over_it(tmp_path, op):
    nodes = [node("Conv", "x k", "y"), OPAQUE[op], node("Relu", "y", "z")]
    held = [weights("k", (4, 3, 3, 3)), weights("w", (1, 8, 5)), weights("r", (1, 8, 2))]
    made = model(nodes, {"x": (1, 3, 8, 8), "s": (7, 1, 5)}, held, domains=["com.acme"])
    path = saved(tmp_path, made)
    document = audit(path)
    assert document["uncounted"] == {
        "free": [{"op": "Relu", "count": 1}],
        "opaque": [{"op": op, "count": 1}],
        "held": [],
    }
    assert f"not counted, cost unknown: {op} 1" in sepcost("audit", str(path)).text
    for limit in ("--max-macs", "--max-weights"):
        assert refusal(path, limit, "1T") == (
            f"--allow: the cost of '{op}' is not known: name it here to leave it out"
        )
        assert sepcost("audit", str(path), limit, "1T", "--allow", op).code == 0
        assert sepcost("audit", str(path), limit, "1", "--allow", op).code == 1
        assert sepcost("audit", str(path), limit, "1T", "--allow", "Other").code == 2


def branch(n_o, op="Relu"):
    """A branch that multiplies the outer `x`, of 4 channels, by weights of its own."""
    out = f"out_{n_o}"
    nodes = [node("MatMul", f"x w{n_o}", f"m{n_o}"), node(op, f"m{n_o}", out)]
    return helper.make_graph(nodes, "branch", [], [value(out, None)], [weights(f"w{n_o}", (4, n_o))])


def test_of_two_branches_the_larger_counts(tmp_path):
    one = node("If", "c", "y", then_branch=branch(3), else_branch=branch(5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    document = audit(saved(tmp_path, made), "--max-macs", 4 * 5)
    assert document["totals"].items() >= {"weights": 4 * 5, "macs": 4 * 5}.items()


def test_a_branch_of_unknown_cost_stops_a_limit(tmp_path):
    one = node("If", "c", "y", then_branch=branch(3, "Det"), else_branch=branch(5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    assert refusal(saved(tmp_path, made), "--max-macs", "1G").startswith("--allow: the cost of 'Det'")


def test_a_loop_is_of_unknown_cost(tmp_path):
    body = helper.make_graph(
        [node("Identity", "on", "still"), node("MatMul", "v w", "next")],
        "body",
        [value("turn", (), TensorProto.INT64), value("on", (), TensorProto.BOOL), value("v", (1, 4))],
        [value("still", (), TensorProto.BOOL), value("next", (1, 4))],
    )
    turns = helper.make_tensor("n", TensorProto.INT64, [], [3])
    go = helper.make_tensor("go", TensorProto.BOOL, [], [True])
    made = model([node("Loop", "n go x", "y", body=body)], {"x": (1, 4)}, [turns, go, weights("w", (4, 4))])
    path = saved(tmp_path, made)
    assert audit(path)["uncounted"]["opaque"] == [{"op": "Loop", "count": 1}]
    assert (
        refusal(path, "--max-macs", "1G") == "FILE: has no layer that is counted: a limit would hold nothing"
    )


# Open dimensions


def test_open_rows_and_columns_are_refused_by_name_and_option(tmp_path):
    path = saved(tmp_path, conv(("N", 3, "height", "width"), (8, 3, 3, 3), pads=[1] * 4))
    assert refusal(path) == (
        f"{path}: input 'x': dimension 2 ('height') is open: fix it with --input-shape, such as 1x3x224x224"
    )


def test_with_its_shape_an_open_model_is_exact(tmp_path):
    path = saved(tmp_path, conv(("N", 3, "height", "width"), (8, 3, 3, 3), pads=[1] * 4, strides=[2, 2]))
    for rows, columns in ((224, 224), (17, 33)):
        document = audit(path, "--input-shape", f"1x3x{rows}x{columns}")
        positions = -(-rows // 2) * -(-columns // 2)
        assert document["totals"].items() >= {"weights": 8 * 3 * 9, "macs": 8 * 3 * 9 * positions}.items()
        assert document["network"]["input"] == [1, 3, rows, columns]


def test_an_open_batch_is_one_and_a_fixed_one_divided_out(tmp_path):
    macs = {audit(saved(tmp_path, conv((n, 3, 8, 8), (8, 3, 3, 3))))["totals"]["macs"] for n in ("N", 1, 4)}
    assert macs == {8 * 3 * 9 * 6 * 6}


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ("1x3x224", "1x3x224 has 3 dimensions, input 'x' has 4"),
        ("1x4x224x224", "reads 4 channels, but its weights 8x3x3x3 in 1 group do not fit"),
        ("mask=1x4", "--input-shape: 'mask' is no input; the first is 'x'"),
        ("x=", "'' is not a shape such as 1x3x224x224"),
        ("1x3x2x2", "its kernel of 3 is larger than its padded input of 2"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(tmp_path, shape, problem):
    path = saved(tmp_path, conv(("N", 3, "h", "w"), (8, 3, 3, 3)))
    assert problem in refusal(path, "--input-shape", shape)


# Layers that stay as they are


def test_layers_of_a_name_are_left_as_they_are():
    """conv8_1 to conv8_5 keep 512 x 512 x 9 weights each at 14x14, and conv1 its 3 x 32 x 9 at 112x112."""
    everything = audit(STANDARD)
    document = audit(STANDARD, "--skip", "conv8_?", "--skip", "conv1")
    stay = [layer["name"] for layer in document["layers"] if layer.get("reason") == "is skipped"]
    assert stay == ["conv1", "conv8_1", "conv8_2", "conv8_3", "conv8_4", "conv8_5"]
    lost = 5 * (512 * 512 * 9 - 512 * (512 + 9)) + 3 * 32 * 9 - 3 * (32 + 9)
    assert document["replaced"]["weights"] - everything["replaced"]["weights"] == lost
    assert everything["replaced"]["layers"] - document["replaced"]["layers"] == 6
    assert document["totals"] == everything["totals"]


def test_a_plan_replaces_no_layer_that_is_skipped():
    """conv10 and four of conv8_1 to conv8_5 reach 3 GMACs; where two of those stay, another layer has to."""
    layers = audit(STANDARD, "--target-macs", "3G", "--skip", "conv8_[12]")["plan"]["layers"]
    assert {"conv8_3", "conv8_4", "conv8_5"} < set(layers)
    assert not {"conv8_1", "conv8_2"} & set(layers)


# Refusals


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((MOBILENET, "--input-shape", "1x3x224x224"), "--input-shape: is for exported networks"),
        ((RESNET_50, "--width", "0.5"), "--width: is for TOML networks"),
        ((RESNET_50, "--size", "192"), "-s: is for TOML networks"),
        ((MOBILENET, "--gamma", "2"), "--gamma: is for generalized only"),
        ((MOBILENET, "--replace", "generalized", "--gamma", "9/4"), "--gamma: 9/4 is no multiplier"),
        ((MOBILENET, "--replace", "generalized", "--gamma", "1/2"), "--gamma: "),
        ((MOBILENET, "--skip", "stem*"), "--skip: 'stem*' matches no layer; the first is 'conv1'"),
        ((MOBILENET, "--skip", "conv1", "--replace", "none"), "--skip: nothing is replaced: leave it out"),
        ((MOBILENET, "--replace", "standard"), "--replace: standard replaces nothing: give another scheme"),
        (
            (MOBILENET, "--expansion", "4"),
            "--expansion: expansion is a parameter of inverted, not of --replace separable",
        ),
        (
            (MOBILENET, "--replace", "none", "--set", "groups=4"),
            "--groups: groups is a parameter of grouped, not of --replace none",
        ),
        ((MOBILENET, "--replace", "seperable"), "--replace: 'seperable' is not a scheme; did"),
        ((MOBILENET, "--sort", "macz"), "--sort: 'macz' is not one of"),
        ((MOBILENET, "--top", "0"), "--top: '0' is not a whole number"),
        ((MOBILENET, "--top", "1_0"), "--top: '1_0' is not a whole number"),
        ((MOBILENET, "--width", "0"), "--width: "),
        ((MOBILENET, "--width", "nan"), "--width: "),
        ((MOBILENET, "--width", "1e9"), "--width: "),
        ((MOBILENET, "-s", "0"), "-s: "),
        ((MOBILENET, "--size", "3x4x5"), "-s: "),
        ((MOBILENET, "--max-macs", "0"), "--max-macs: "),
        ((MOBILENET, "--max-macs", "600m"), "--max-macs: '600m' has no known unit"),
        ((MOBILENET, "--target-macs", "1G", "--target-weights", "1M"), "--target-weights: cannot be used"),
        ((MOBILENET, "--against", LEAN, "--top", "3"), "--top: cannot be used with --against"),
        ((MOBILENET, "--against", LEAN, "--sort", "macs"), "--sort: cannot be used with --against"),
        ((MOBILENET, "--against", "absent.toml"), "absent.toml: cannot be read: no such file"),
        (("absent.onnx",), "absent.onnx: cannot be read: no such file"),
        ((str(EXAMPLES),), f"{EXAMPLES}: is no network: its name ends in none of .toml, .onnx,"),
        (("\udcff.toml",), "\N{REPLACEMENT CHARACTER}.toml: cannot be read"),
        ((str(EXAMPLES / "budgets.toml"),), f"{EXAMPLES / 'budgets.toml'}: 'budget': is not a key"),
    ],
)  # fmt: skip
def test_what_cannot_be_audited_is_refused_in_a_line(arguments, problem):
    assert refusal(*arguments).startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"channels = ", "is not TOML: "),
        (b"a = " + b"[" * 1000 + b"]" * 1000, "is not TOML: it is nested too deeply"),
        (b"a." * 5000 + b"b = 1", "is not TOML: it is nested too deeply"),
        (b"#" * (256 * 1024 + 1), "is larger than 262144 bytes"),
        (b"channels = 3\nsize = 8\n", "layer: is missing"),
        (b"channels = 3\nsize = 8\n[[layer]]\nout = 4\nkernl = 3\n", "layer 'layer1': 'kernl': is not a key"),
    ],
)  # fmt: skip
def test_a_toml_file_that_is_no_network_is_refused(tmp_path, content, problem):
    path = tmp_path / "net.toml"
    path.write_bytes(content)
    assert refusal(path).startswith(f"{path}: {problem}")


def test_folders_and_pipes_are_no_networks(tmp_path):
    for ending in (".toml", ".onnx"):
        (tmp_path / f"folder{ending}").mkdir()
        os.mkfifo(tmp_path / f"pipe{ending}")
        assert refusal(tmp_path / f"folder{ending}").endswith("is a folder, not a file")
        assert refusal(tmp_path / f"pipe{ending}").endswith("is not a regular file")


def test_a_reader_that_goes_away_ends_an_audit_in_silence(tmp_path):
    """A table of 3,000 layers is more than a pipe holds."""
    path = tmp_path / "net.toml"
    path.write_text("channels = 8\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\nrepeat = 3000\n")
    done = shell(f"$sepcost audit {path} | head -1; echo ${{PIPESTATUS[0]}}")
    assert done.err == ""
    assert done.text == "net: input 1x8x8x8, 3,000 counted layers\n141\n"


# Tables


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


# Names from files


def test_json_has_names_as_they_are_but_for_what_steers_a_terminal(hostile):
    done = sepcost("audit", hostile, "-f", "json")
    assert names(done.json) == SHOWN


def test_csv_guards_names_that_a_spreadsheet_would_run(hostile):
    rows = list(csv.DictReader(io.StringIO(sepcost("audit", hostile, "-f", "csv").text)))
    guarded = [f"'{name}" if name[0] in "=+-@" else name for name in SHOWN]
    assert [row["name"] for row in rows] == guarded
    assert not any(entry.startswith(("=", "+", "-", "@")) for row in rows for entry in row.values())


@pytest.mark.parametrize("options", [(), ("--against", MOBILENET), ("--target-macs", "200k")])
def test_markdown_says_every_name_as_it_is(hostile, options):
    text = sepcost("audit", hostile, "-f", "markdown", *options).text
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {token.type for token in tokens}
    assert "html_block" not in kinds
    inline = [token for token in tokens if token.type == "inline"]
    said = ["".join(child.content for child in token.children) for token in inline]
    assert set(SHOWN) <= set(said)
    assert not {child.type for token in inline for child in token.children} - {
        "text",
        "text_special",
        "strong_open",
        "strong_close",
    }
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in ("th_open", "td_open")]
    assert len(cells) == len(rows) * (6 if "--against" in options else 9)
    assert not re.search(r"(?<!\\)\$", text)  # GitHub would read mathematics


def test_a_networks_name_is_shown_as_it_is(tmp_path):
    title = "[b]3x3 gamma -> x*y[/b] | \x1b[31m"
    path = tmp_path / "net.toml"
    path.write_text(toml(["a"], title))
    shown = "[b]3x3 gamma -> x*y[/b] | \N{REPLACEMENT CHARACTER}[31m"
    for done in (sepcost("audit", str(path)), sepcost("audit", str(path), columns=160, NO_COLOR="1")):
        assert f"{shown}: input 1x8x8x8, 1 counted layer" in done.text
    (heading, *_) = [
        token
        for token in MarkdownIt().parse(sepcost("audit", str(path), "-f", "markdown").text)
        if token.type == "inline"
    ]
    said = "".join(child.content for child in heading.children)
    assert said == f"{shown}: input 1x8x8x8, 1 counted layer"


def test_latex_reads_no_name_as_a_command(hostile):
    text = sepcost("audit", hostile, "-f", "latex").text
    rows = [line for line in text.splitlines() if line.endswith(r"\\") and "total" not in line]
    assert len(rows) == 1 + len(HOSTILE)
    assert all(len(re.findall(r"(?<!\\)&", row)) == 8 for row in rows)
    assert not any(row.lstrip().startswith(("[", "*")) for row in rows)  # \\ would take these for its own
    first = [re.split(r"(?<!\\) & ", row)[0] for row in rows[1:]]
    assert first[SHOWN.index("[x]")] == "{}[x]"
    assert first[SHOWN.index("\\textbf{a}\\")] == r"\textbackslash{}textbf\{a\}\textbackslash{}"


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_a_terminal_reads_no_name_as_markup(hostile, columns):
    done = on_terminal("audit", hostile, "--target-macs", "200k", columns=columns)
    assert (done.code, done.err) == (0, "")
    text = ESCAPE.sub("", done.text)
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert set(re.findall(r"\x1b\[([0-9;]*)m", done.text)) <= {"0", "1", "2", "32"}  # plain, bold, dim, green
    for name in SHOWN:
        if len(name) < 20:
            assert name in text
    squeezed = re.sub(r"\s", "", text)
    assert "x" * 40 in squeezed


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "latex"])
@pytest.mark.parametrize("arguments", [(), ("--against", MOBILENET), ("--color", "never")])
def test_no_name_brings_an_escape_code_or_a_line_into_the_output(hostile, format_, arguments):
    text = sepcost("audit", hostile, "-f", format_, *arguments).text
    assert text.replace("\n", "").isprintable()
    harmless = toml([f"n{index}" for index in range(len(HOSTILE))])
    Path(hostile).write_text(harmless)
    assert sepcost("audit", hostile, "-f", format_, *arguments).text.count("\n") == text.count("\n")


def test_names_in_a_model_are_cleaned_too(tmp_path):
    name = "\x1b]0;owned\x07conv|[x]"
    made = model([node("Conv", "x w", "c", name=name), helper.make_node("\x1b[1mOp", ["c"], ["y"])],
                 {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))])  # fmt: skip
    path = saved(tmp_path, made)
    done = sepcost("audit", str(path))
    if done.code == 0:
        assert done.text.replace("\n", "").isprintable()
        assert "conv|[x]" in done.text
    else:
        assert refusal(path)


# Damage


SMALL = DATA / "pytorch-converted" / "test_Conv2d_groups" / "model.onnx"


def outcome(path):
    """Exit 0 with a document, or exit 2 with one line; nothing else."""
    done = sepcost("audit", str(path), "-f", "json")
    if done.code == 0:
        assert done.err == ""
        return done.json["totals"]
    assert (done.code, done.out) == (2, b"")
    assert re.fullmatch(r"sepcost audit: [^\n]{1,500}\n", done.err)
    assert done.err.rstrip("\n").isprintable()
    return None


def test_a_truncated_model_is_refused_or_whole(tmp_path):
    content = (LIGHT / "light_squeezenet.onnx").read_bytes()
    whole = outcome(LIGHT / "light_squeezenet.onnx")
    assert whole is not None
    for length in range(0, len(content), 97):
        assert outcome(saved(tmp_path, content[:length])) in (None, whole)


def test_flipped_bytes_are_counted_or_refused(tmp_path):
    content = SMALL.read_bytes()
    chance = random.Random(1)
    found = []
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 2, 4))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        found.append(outcome(saved(tmp_path, bytes(damaged))))
    assert any(found)
    assert not all(found)


def test_flipped_characters_of_a_toml_network_are_counted_or_refused(tmp_path):
    content = Path(MOBILENET).read_bytes()
    path = tmp_path / "net.toml"
    chance = random.Random(2)
    found = []
    for _ in range(100):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        found.append(outcome(path))
    assert any(found)
    assert not all(found)


def test_the_json_of_an_audit_is_finite_and_exact_at_any_size(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text("channels = 1000000\nsize = 1000000\n[[layer]]\nout = 1000000\nkernel = 3\nrepeat = 2\n")
    assert audit(path)["totals"]["macs"] == 2 * 9 * 10**24
    assert json.dumps(audit(path))


def test_what_is_made_of_a_first_length_is_said(tmp_path):
    path = saved(tmp_path, conv((4, 3, 8, 8), (4, 3, 3, 3)))
    divided = audit(path)
    assert divided["network"]["batch_divided_out"] == 4
    assert "\nthe file's batch of 4 is divided out\n" in sepcost("audit", str(path)).text
    whole = audit(path, "--unbatched")
    assert whole["network"]["input"] == [4, 3, 8, 8]
    assert (whole["network"]["batch_divided_out"], whole["network"]["not_divided"]) == (
        1,
        "there is no batch",
    )
    assert whole["totals"]["macs"] == 4 * divided["totals"]["macs"] == 4 * (4 * 3 * 9 * 6 * 6)
    assert (
        "the first length, 4, is not divided out: there is no batch"
        in sepcost("audit", str(path), "--unbatched").text
    )


def test_what_is_held_and_not_counted_is_said_and_no_limit_that_it_could_break_passes(tmp_path):
    made = model([node("Conv", "x w", "y")], {"x": (1, 3, 8, 8), "w": (4, 3, 3, 3)})
    path = saved(tmp_path, made)
    assert audit(path)["uncounted"]["held"] == [{"op": "Conv", "weights": 4 * 3 * 9, "macs": 0}]
    assert "held, not counted: Conv 108 possible weights" in sepcost("audit", str(path)).text
    assert refusal(path, "--max-weights", "107") == (
        "--allow: 108 possible weights of 'Conv' are not counted, and with them the limit of 107 may be"
        " exceeded: name it here to leave it out"
    )
    for more in (("--max-weights", "108"), ("--max-weights", "1", "--allow", "Conv")):
        assert sepcost("audit", str(path), *more).code == 0


# Subtotals, parameters and FLOPs

UNET = str(ROOT / "tests" / "network" / "fixtures" / "unet.pt2")
VIT = str(ROOT / "tests" / "network" / "fixtures" / "vit.pt2")


@pytest.mark.parametrize("file", [MOBILENET, RESNET_50, UNET, VIT])
def test_subtotals_add_up_in_every_format(file):
    document = audit(file)
    for metric in ("weights", "macs"):
        assert sum(one[metric] for one in document["subtotals"]) == document["totals"][metric]
    rows = list(csv.DictReader(io.StringIO(sepcost("audit", file, "-f", "csv").text)))
    of_kind = {
        row["subtotal"]: [int(row[f"subtotal_{key}"]) for key in ("layers", "weights", "macs")]
        for row in rows
    }
    assert of_kind == {
        one["kind"]: [one[key] for key in ("layers", "weights", "macs")] for one in document["subtotals"]
    }
    for kind, counts in of_kind.items():
        own = [row for row in rows if row["subtotal"] == kind]
        assert [len(own), *(sum(int(row[key]) for row in own) for key in ("weights", "macs"))] == counts
    for format_, begins in (("table", "  "), ("markdown", "- "), ("latex", "\\item ")):
        lines = sepcost("audit", file, "-f", format_).text.splitlines()
        for one in document["subtotals"]:
            layers = f"{one['kind']} layer" if one["layers"] == 1 else f"{one['kind']} layers"
            said = f"{one['layers']:,} {layers}: {one['weights']:,} weights, {one['macs']:,} MACs"
            assert begins + said in lines


def test_groups_have_a_column_where_any_layer_has_groups():
    assert "groups" not in sepcost("audit", STANDARD).text.splitlines()[2]
    heading, row = (sepcost("audit", MOBILENET).text.splitlines()[number].split() for number in (2, 4))
    assert row[heading.index("groups")] == "32"  # conv2/depthwise, 32 channels in as many groups


def test_maps_that_a_layer_reads_and_writes_are_shapes():
    layer = audit(UNET)["layers"][0]
    assert (layer["reads"], layer["writes"]) == ([1, 3, 32, 32], [1, 8, 32, 32])
    row = next(csv.DictReader(io.StringIO(sepcost("audit", UNET, "-f", "csv").text)))
    assert (row["reads"], row["writes"]) == ("1x3x32x32", "1x8x32x32")


def test_parameters_are_apart_and_in_all():
    found = audit(VIT)["totals"]["parameters"]
    # Two blocks of two layer norms of 24, and one: 2 numbers a channel.
    assert found["normalization"] == 5 * 2 * 24
    assert found["all"] == found["weights"] + found["biases"] + found["normalization"]
    assert f"= {found['all']:,}" in sepcost("audit", VIT).text


@pytest.mark.parametrize("options", [[], ["--against", MOBILENET], ["--machine", "raspberry-pi-5"]])
def test_flops_are_two_a_mac_under_a_name_of_their_own(options):
    document = sepcost("audit", STANDARD, "--flops", "-f", "json", *options).json
    for each in (*document["layers"], *document["subtotals"], document["totals"], document["replaced"]):
        assert each["flops"] == 2 * each["macs"]
    text = sepcost("audit", STANDARD, "--flops", *options).text
    heading = next(line for line in text.splitlines() if line.startswith("layer ")).split()
    assert "FLOPs" in heading
    assert "MACs" not in heading
    assert "9,734,586,368" in text  # 2 x 4,867,293,184
    assert "4,867,293,184" not in text
    assert text.endswith("FLOPs (2 FLOPs = 1 MAC), bias not counted, batch 1\n")


def test_a_size_is_set_by_the_name_of_its_input_also_one_that_the_file_states(tmp_path):
    nodes = [node("Conv", "x w", "c"), node("Add", "c t", "y")]
    made = model(nodes, {"x": (1, 3, 8, 8), "t": (1, 4, 1, "n")}, [weights("w", (4, 3, 3, 3))])
    path = saved(tmp_path, made)
    document = audit(path)
    assert document["totals"]["macs"] == 4 * 3 * 9 * 6 * 6
    assert document["totals"]["memory"]["reason"] == "is not known: the size of the map 't' is not"
    assert audit(path, "--max-macs", "3888")["totals"] == document["totals"]
    assert refusal(path, "--max-memory", "1M").endswith("memory is not known: the size of the map 't' is not")
    sizes = ("--input-shape", "1x3x16x16", "--input-shape", "t=1x4x1x14")
    assert audit(path, *sizes)["totals"]["macs"] == 4 * 3 * 9 * 14 * 14
    assert "Add that writes 'y': its inputs do not fit each other: 14 and 15" in refusal(
        path, "--input-shape", "1x3x16x16", "--input-shape", "t=1x4x1x15"
    )
    assert refusal(path, *sizes, "--input-shape", "1x3x4x4") == "--input-shape: gives one input two shapes"


def test_the_operators_own_name_stands_beside_that_of_its_layer(tmp_path):
    nodes = [node("Conv", "x stem.conv.weight", "c", "node_conv2d"), node("Conv", "c w", "y", "tail")]
    held = [weights("stem.conv.weight", (4, 3, 3, 3)), weights("w", (4, 4, 3, 3))]
    path = saved(tmp_path, model(nodes, {"x": (1, 3, 8, 8)}, held))
    layers = audit(path)["layers"]
    assert [(layer["name"], layer["path"]) for layer in layers] == [
        ("stem.conv", "node_conv2d"),
        ("tail", None),
    ]
    heading, first, second = sepcost("audit", str(path)).text.splitlines()[2:5]
    assert heading.split()[:2] == ["layer", "path"]
    assert [line.split()[:2] for line in (first, second)] == [["stem.conv", "node_conv2d"], ["tail", "tail"]]
    assert "path" not in sepcost("audit", str(RESNET_50)).text
