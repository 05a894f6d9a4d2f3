"""docs/benchmarks.md: it lists what the benchmarks claim, no more and no less."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tflite")

from sepcost.network.read import read_network
from tests.benchmarks.audit import MOBILENET_V1
from tests.benchmarks.chains import keras_file, tflite_file
from tests.benchmarks.page import PAGE, Line, claims, written


def test_the_page_lists_exactly_what_the_benchmarks_claim(tmp_path: Path) -> None:
    page = PAGE.read_text()
    listed = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
    assert listed == ["what", "---", *claims(tmp_path)]


def test_a_line_says_where_a_limit_is_exceeded_or_a_package_is_missing() -> None:
    lines = [Line("held", 1.5, 1.2), Line("not held", 1.5, 1.6), Line("not measured", 1.5, None)]
    page = written(lines, runs=20)
    assert "| held | 1.50 | 1.20 |\n" in page
    assert "| not held | 1.50 | 1.60, exceeded |\n" in page
    assert "| not measured | 1.50 | not installed |\n" in page


def test_a_chain_counts_the_same_in_each_format(tmp_path: Path) -> None:
    network = read_network(MOBILENET_V1)
    for write in (keras_file, tflite_file):
        found = read_network(write(tmp_path, network))
        assert [(one.kind, one.macs) for one in found.layers] == [
            (one.kind, one.macs) for one in network.layers
        ]
        assert (found.weights, found.opaque) == (network.weights, ())
