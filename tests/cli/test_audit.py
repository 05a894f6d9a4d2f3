"""sepcost audit: what its JSON promises, and what it counts."""

import csv
import io

import pytest

from tests.cli.audited import (
    KEYS,
    LAYER_KEYS,
    MOBILENET,
    RESNET_50,
    STANDARD,
    audit,
    names,
    refusal,
)
from tests.cli.program import ROOT, process, sepcost
from tests.cli.test_imports import imported
from tests.network.onnx.models import LIGHT, model, node, saved, weights


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
