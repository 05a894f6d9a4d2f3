"""Run every benchmark and write docs/benchmarks.md: what is claimed, its limit, and what was measured.

Run from the repository, sepcost installed with its extra test: python -m tests.benchmarks.page [RUNS]
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import audit, network_scale, startup, sweep
from tests.benchmarks.network_scale import FEW, MANY
from tests.benchmarks.ratio import away_from_the_sources, measured, runs_wanted

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"

_HEAD = """# Benchmarks

Each line is a ratio: what the program takes, divided by what stands after "against", or else by what starting
Python with the libraries that it needs takes. Both sides run in turns as processes of their own, {runs} times
each after one that warms up, and the least CPU time of each counts, so that a busy machine changes little.
Memory is the least peak of {memory} runs. The last lines are the least CPU time of {few} runs in one process.
A line that needs another package is measured where that is installed: `pip install onnx-tool duckdb`.

Measured on {machine}, by `python -m tests.benchmarks.page`.

| what | at most | measured |
| --- | ---: | ---: |
"""


class Line(NamedTuple):
    """One claim: its limit, and the ratio that was measured, None where it could not be."""

    what: str
    at_most: float
    ratio: float | None


def claims(folder: Path) -> Iterator[str]:
    """Yield what each benchmark claims, in the order of the page, nothing measured."""
    yield from (row.what for row in (*startup.ROWS, *audit.rows(folder), *sweep.rows(folder)))
    yield sweep.MEMORY
    yield from map(_in_one_process, network_scale.WORKS)


def lines(folder: Path, runs: int) -> Iterator[Line]:
    """Measure each claim."""
    for row in (*startup.ROWS, *audit.rows(folder), *sweep.rows(folder)):
        floor, ours = measured(row, runs) if row.can_run else (0.0, 0.0)
        yield Line(row.what, row.at_most, ours / floor if row.can_run else None)
    few, many = sweep.peaks(folder)
    yield Line(sweep.MEMORY, sweep.MOST_GROWTH, many / few)
    sweep.compare_rows(folder)  # At the end, as a peak counts what the process that starts it holds.
    for name, (short, long) in network_scale.measured(folder, network_scale.LEAST_RUNS).items():
        yield Line(_in_one_process(name), network_scale.AT_MOST, long / short)


def written(found: list[Line], runs: int) -> str:
    """Return the page."""
    head = _HEAD.format(runs=runs, few=network_scale.LEAST_RUNS, memory=sweep.MEMORY_RUNS, machine=_machine())
    return head + "".join(f"| {line.what} | {line.at_most:.2f} | {_measured(line)} |\n" for line in found)


def _measured(line: Line) -> str:
    if line.ratio is None:
        return "not installed"
    return f"{line.ratio:.2f}" + (", exceeded" if line.ratio > line.at_most else "")


def _in_one_process(name: str) -> str:
    return f"{name}, {MANY:,} layers against {FEW:,}, in one process"


def _machine() -> str:
    """Return what kind of machine this is."""
    model = platform.processor() or platform.machine()
    if (about := Path("/proc/cpuinfo")).exists():
        said = (line.partition(":") for line in about.read_text().splitlines())
        model = next((value.strip() for key, _, value in said if key.strip() == "model name"), model)
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()} on {platform.system()}"


if __name__ == "__main__":
    away_from_the_sources()
    with tempfile.TemporaryDirectory() as folder:
        runs = runs_wanted()
        found = []
        for line in lines(Path(folder), runs):
            found.append(line)
            print(line.what, _measured(line), flush=True)
        PAGE.write_text(written(found, runs))
