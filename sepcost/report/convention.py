"""What is counted, as every output states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sepcost.core.formulas import LAST_BIAS, Bias
from sepcost.report.result import Document

if TYPE_CHECKING:
    from sepcost.report.table import Cell


def convention(bias: Bias, batch: int = 1) -> Document:
    """Return what is counted, as every command's JSON states it."""
    return {"unit": "MAC", "bias": bias, "batch": batch}


def run_convention(number_bytes: int | None, fused: bool) -> Document:
    """Return how a layer runs, as JSON states it beside what is counted where bytes are."""
    return {"bytes": number_bytes, "fused": fused}


def convention_note(bias: Bias, batch: int = 1) -> Cell:
    """Return what is counted, in the line that every table ends with."""
    from sepcost.report.table import Cell

    counted = "counted as weights" if bias else "not counted"
    if bias == LAST_BIAS:
        counted = "of the last stage counted as weights"
    return Cell(f"MACs (1 MAC = 2 FLOPs), bias {counted}, batch {batch}")
