"""docs/benchmarks.md: it lists what the benchmarks claim, no more and no less."""

from __future__ import annotations

from pathlib import Path

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
