"""sepcost audit --expect-macs and --expect-weights: which conventions give a printed number."""

import csv
import io

import pytest

from tests.cli.program import ROOT, sepcost

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
ASKED = ("--expect-macs", "4866M", "--expect-weights", "29281120")
FOUND = [
    ("macs", "4866M", "MACs, without the classifier", 4_866_269_184, "rounded"),
    ("weights", "29281120", "weights", 29_281_120, "exact"),
]


def test_json_names_each_convention():
    found = sepcost("audit", STANDARD, *ASKED, "-f", "json").json["expect"]
    assert found == {
        "macs": {
            "printed": "4866M",
            "conventions": [
                {"counts": "MACs", "without": ["the classifier"], "value": 4_866_269_184, "how": "rounded"}
            ],
            "nearest": None,
        },
        "weights": {
            "printed": "29281120",
            "conventions": [{"counts": "weights", "without": [], "value": 29_281_120, "how": "exact"}],
            "nearest": None,
        },
    }


def test_rows_and_tables_name_each_convention():
    rows = csv.DictReader(io.StringIO(sepcost("audit", STANDARD, *ASKED, "-f", "csv").text))
    keys = ("metric", "printed", "convention", "value", "how")
    assert [tuple(row[key] for key in keys) for row in rows] == [tuple(map(str, one)) for one in FOUND]
    text = sepcost("audit", STANDARD, *ASKED).text
    for _, number, name, value, how in FOUND:
        assert f"{value:,}  {number} {how}" in " ".join(text.split("\n"))
        assert name in text


def test_the_whole_network_comes_before_its_parts_and_each_time_the_plainest_count_first():
    """MobileNetV1 has 4,209,088 weights: 4.2M says nothing of its biases and normalizations."""
    mobilenet = str(ROOT / "examples" / "mobilenet_v1.toml")
    document = sepcost("audit", mobilenet, "--expect-weights", "4.2M", "-f", "json").json
    found = [(one["without"], one["counts"]) for one in document["expect"]["weights"]["conventions"]]
    parts = [without for without, _ in found]
    assert parts == sorted(parts, key=[[], ["the stem"]].index)
    for part in ([], ["the stem"]):
        counts = [counted for without, counted in found if without == part]
        assert counts[0] == "weights"
        assert [name.count(" + ") for name in counts] == sorted(name.count(" + ") for name in counts)


def test_where_none_does_it_says_so():
    done = sepcost("audit", STANDARD, "--expect-macs", "6G", "--expect-parameters", "1M")
    assert done.code == 0
    assert "no convention that is known here gives 6G MACs: the nearest is shown" in done.text
    assert "no convention that is known here gives 1M weights: the nearest is shown" in done.text
    apart = 6 * 10**9 - 4_867_293_184
    assert f"MACs 4,867,293,184 6G is missed by {apart:,}" in " ".join(done.text.split())
    assert "1M is exceeded by" in done.text
    document = sepcost("audit", STANDARD, "--expect-macs", "6G", "-f", "json").json
    nearest = {"counts": "MACs", "without": [], "value": 4_867_293_184}
    assert document["expect"] == {"macs": {"printed": "6G", "conventions": [], "nearest": nearest}}
    (row,) = csv.DictReader(io.StringIO(sepcost("audit", STANDARD, "--expect-macs", "6G", "-f", "csv").text))
    assert row == {"metric": "macs", "printed": "6G", "convention": "", "value": "", "how": ""}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--expect-macs", "1e6"], "--expect-macs: '1e6' is no count such as 300M"),
        (["--expect-macs", "300Mi"], "--expect-macs: '300Mi' is no count such as 300M"),
        (
            ["--expect-macs", "5G", "--like", "thop"],
            "--like: cannot be used with --expect-macs and --expect-weights",
        ),
        (["--expect-macs", "5G", "--flops"], "--expect-macs: cannot be used with --flops"),
        (
            ["--expect-weights", "5G", "--against", STANDARD],
            "--expect-weights: cannot be used with --ag",
        ),
        (["--expect-macs", "5G", "-o", "x.svg"], "--expect-macs: has no picture"),
    ],
)
def test_what_it_cannot_do_is_said(options, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sepcost("audit", STANDARD, *options)
    assert (done.code, done.text) == (2, "")
    assert done.err.startswith(f"sepcost audit: {problem}")
