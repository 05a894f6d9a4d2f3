"""sepcost audit --like: what another counter prints, in every format, and what it cannot do."""

import csv
import io
import re

import pytest

from tests.cli.program import ROOT, sepcost

MOBILENET = str(ROOT / "examples" / "mobilenet_v1.toml")
RESNET_18 = str(ROOT / "examples" / "resnet18.pt2")


def test_json_says_what_another_counter_prints_and_each_difference():
    document = sepcost("audit", RESNET_18, "--like", "thop", "-f", "json").json
    found = document["like"]
    assert found == {
        "tool": "thop",
        "version": "0.1.1",
        "unit": "MAC",
        "parameters": 11_689_512,
        "macs": 1_824_033_792,
        "differences": [
            {"what": "batch norm", "count": 20, "parameters": 9_600, "macs": 4 * 2_483_712},
            {"what": "adaptive average pool", "count": 1, "parameters": 0, "macs": 50 * 512},
            {"what": "bias", "count": 1, "parameters": 1_000, "macs": 0},
        ],
        "comparable": True,
        "doubts": [],
        "supposed": [],
    }
    assert document["totals"]["macs"] + sum(one["macs"] for one in found["differences"]) == found["macs"]


def test_a_table_and_rows_say_the_same():
    lines = sepcost("audit", RESNET_18, "--like", "thop").text.splitlines()
    assert lines[0] == "resnet18 as counted by thop 0.1.1"
    rows = [re.split(r"\s{2,}", line) for line in lines[3 : lines.index("", 3)]]
    assert rows == [
        ["counted here", "11,678,912", "1,814,073,344"],
        ["batch norm", "20", "+9,600", "+9,934,848"],
        ["adaptive average pool", "1", "0", "+25,600"],
        ["bias", "1", "+1,000", "0"],
        ["thop 0.1.1", "11,689,512", "1,824,033,792"],
    ]
    *parts, total = csv.DictReader(
        io.StringIO(sepcost("audit", RESNET_18, "--like", "thop", "-f", "csv").text)
    )
    for key in ("parameters", "macs"):
        assert sum(int(row[key]) for row in parts) == int(total[key])


@pytest.mark.parametrize("format_", ["markdown", "latex"])
def test_documents_say_what_another_counter_prints(format_):
    assert "1,824,033,792" in sepcost("audit", RESNET_18, "--like", "thop", "-f", format_).text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--like", "ptflop"], "--like: 'ptflop' is not a counter; did you mean ptflops"),
        (["--like", "thop", "--flops"], "--like: cannot be used with --flops"),
        (["--like", "thop", "--against", MOBILENET], "--like: cannot be used with --against"),
        (
            ["--like", "thop", "--batch", "8"],
            "--like: cannot be used with a machine, --bytes, --fused and --batch",
        ),
        (["--like", "onnx-tool"], "--like: onnx-tool reads .onnx files: give the network as one"),
        (["--like", "thop", "-o", "like.svg"], "--like: has no picture"),
    ],
)
def test_what_like_cannot_do_is_said(options, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sepcost("audit", RESNET_18, *options)
    assert done.code == 2
    assert done.err.startswith(f"sepcost audit: {problem}")
    assert done.out == b"" if isinstance(done.out, bytes) else not done.out


def test_help_names_every_counter():
    from sepcost.network.counters.tools import TOOL_NAMES

    text = " ".join(sepcost("audit", "--help").text.split())
    assert f"each difference: {', '.join(TOOL_NAMES)}." in text
