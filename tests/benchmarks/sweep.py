"""What a sweep costs beyond the same columns by hand in Polars and in SQL, and how flat its memory stays.

Run from the repository, sepcost installed: python -m tests.benchmarks.sweep [RUNS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from tests.benchmarks import by_hand, in_duckdb
from tests.benchmarks.ratio import SEPCOST, Row, away_from_the_sources, main

GRIDS = {
    "10,000 pairs of channels": ("16:1600:16", "1:10:1", "7:70:7"),
    "40,000 pairs of channels": ("1:200:1", "1:9:2", "7:35:7"),
}
"""Channels read and written, kernels and sizes, each as a range."""

MOST_GROWTH = 1.3
MEMORY_RUNS = 3
FEW, MANY = "1:500", "1:5000"
"""Channels read and written whose products fill 10^6 and 10^8 rows."""


def peak_megabytes(command: Sequence[str]) -> float:
    """Return the most memory that a command holds."""
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def rows(folder: Path) -> Iterator[Row]:
    """Yield the claims on the CPU time of 10^6 layers in four schemes, which are written to a folder."""
    for name, grid in GRIDS.items():
        ours = [SEPCOST, "sweep", "--ni", grid[0], "--no", grid[0], "-k", grid[1], "-s", grid[2]]
        hand, duckdb = (
            [sys.executable, "-P", str(Path(module.__file__).resolve()), _path(folder, name, by), *grid]
            for by, module in (("Polars", by_hand), ("DuckDB", in_duckdb))
        )
        ours += ["-o", _path(folder, name, "ours")]
        what = f"sweep, 10^6 layers of {name} in 4 schemes, against"
        yield Row(f"{what} Polars by hand", hand, ours, at_most=1.05)
        yield Row(f"{what} SQL in DuckDB", duckdb, ours, at_most=1.0, needs="duckdb")


def _path(folder: Path, name: str, by: str) -> str:
    return str(folder / f"{name} {by}.parquet")


def compare_rows(folder: Path) -> None:
    """Make sure that what was measured wrote the same rows, in whatever order."""
    keys = ["n_i", "n_o", "f_r", "l_r", "scheme"]
    for name in GRIDS:
        ours = pl.read_parquet(_path(folder, name, "ours"))
        assert_frame_equal(ours, pl.read_parquet(_path(folder, name, "Polars")), check_exact=True)
        if Path(_path(folder, name, "DuckDB")).exists():
            theirs = pl.read_parquet(_path(folder, name, "DuckDB"))
            assert_frame_equal(ours.sort(keys), theirs.sort(keys), check_exact=True)


def speed(folder: Path) -> int:
    """Measure the claims on CPU time."""
    code = main(list(rows(folder)))
    compare_rows(folder)
    return code


MEMORY = "sweep, peak memory, 10^8 rows against 10^6"


def peaks(folder: Path) -> tuple[float, float]:
    """Return the peak memory of 10^6 rows and of 10^8, in megabytes, the least of a few runs each."""
    path = str(folder / "layers.parquet")
    commands = [
        [SEPCOST, "sweep", "--ni", channels, "--no", channels, "-o", path] for channels in (FEW, MANY)
    ]
    runs = [[peak_megabytes(command) for command in commands] for _ in range(MEMORY_RUNS)]
    few, many = map(min, zip(*runs, strict=True))
    return few, many


def memory(folder: Path) -> int:
    """Hold the peak memory of 10^8 rows against that of 10^6."""
    few, many = peaks(folder)
    print("what                       10^6 rows  10^8 rows  ratio  at most")
    print(
        f"sweep, peak memory, Parquet{few:7.0f} MB{many:8.0f} MB{many / few:7.2f}{MOST_GROWTH:9.2f}",
        flush=True,
    )
    return 0 if many <= MOST_GROWTH * few else 1


if __name__ == "__main__":
    away_from_the_sources()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(memory(Path(folder)) | speed(Path(folder)))
