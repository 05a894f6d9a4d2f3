"""What a sweep costs beyond the same columns written by hand in Polars, and how flat its memory stays.

Run from the repository, sepcost installed: python -m tests.benchmarks.sweep [RUNS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from tests.benchmarks import by_hand
from tests.benchmarks.ratio import SEPCOST, Row, away_from_the_sources, main

MOST_GROWTH = 1.3
FEW, MANY = "1:500", "1:5000"
"""Channels read and written whose products fill 10^6 and 10^8 rows."""


def peak_megabytes(command: Sequence[str]) -> float:
    """Return the most memory that a command holds."""
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def speed(folder: Path) -> int:
    """Hold the CPU time of 10^6 layers in four schemes against that of the same columns by hand."""
    theirs, ours = (str(folder / f"{name}.parquet") for name in ("theirs", "ours"))
    floor = [sys.executable, "-P", str(Path(by_hand.__file__).resolve()), theirs]
    row = Row(
        "sweep, 10^6 layers x 4 schemes, Parquet",
        floor,
        [SEPCOST, "sweep", *by_hand.ARGUMENTS, "-o", ours],
        at_most=1.5,
    )
    code = main([row])
    assert_frame_equal(pl.read_parquet(ours), pl.read_parquet(theirs), check_exact=True)
    return code


def memory(folder: Path) -> int:
    """Hold the peak memory of 10^8 rows against that of 10^6."""
    path = str(folder / "layers.parquet")
    few, many = (
        peak_megabytes([SEPCOST, "sweep", "--ni", channels, "--no", channels, "-o", path])
        for channels in (FEW, MANY)
    )
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
