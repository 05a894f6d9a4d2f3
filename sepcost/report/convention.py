"""What is counted, as every output states it."""

from typing import TYPE_CHECKING, Any, NamedTuple

from sepcost.core.formulas import LAST_BIAS, Bias
from sepcost.report.result import Document

if TYPE_CHECKING:
    from sepcost.hardware.execution import Execution
    from sepcost.report.table import Cell


class Unit(NamedTuple):
    """What operations are counted in: `name` as people say it, `of_a_mac` for each multiply-accumulate."""

    name: str
    of_a_mac: int
    says: str


MACS = Unit("MACs", 1, "MACs (1 MAC = 2 FLOPs)")
FLOPS = Unit("FLOPs", 2, "FLOPs (2 FLOPs = 1 MAC)")


def with_flops(document: Document) -> Document:
    """Return a document in which FLOPs stand beside MACs, wherever those do; unknown as they are."""
    found: Document = {}
    for key, value in document.items():
        is_saving = key.startswith("saving")
        found[key] = value if is_saving else _with_flops(value)
        if "macs" in key.split("_") and isinstance(value, int | None) and not is_saving:
            found[key.replace("macs", "flops")] = None if value is None else value * FLOPS.of_a_mac
    return found


def _with_flops(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_flops(each) for each in value]
    return with_flops(value) if isinstance(value, dict) else value


def convention(bias: Bias, batch: int = 1, norm: int = 0, execution: "Execution | None" = None) -> Document:
    """Return what is counted, as every command's JSON states it; `norm` where normalizations are.

    execution: how layers run, with its batch, where bytes are told.
    """
    if execution is not None:
        run = run_convention(execution.element_size, execution.fused)
        return {**convention(bias, execution.batch, norm), **run}
    document: Document = {"unit": "MAC", "bias": bias, "batch": batch}
    return {**document, "norm": norm} if norm else document


def run_convention(element_size: int | None, fused: bool) -> Document:
    """Return how a layer runs, as JSON states it beside what is counted; None for bytes that are a symbol."""
    return {"bytes": element_size, "fused": fused}


def convention_note(bias: Bias, batch: int = 1, unit: Unit = MACS, norm: int = 0) -> "Cell":
    """Return what is counted, in the line that every table ends with."""
    from sepcost.report.table import Cell

    counted = "counted as weights" if bias else "not counted"
    if bias == LAST_BIAS:
        counted = "of the last stage counted as weights"
    norms = f"a batch norm's {norm} a channel after each stage counted as weights, " if norm else ""
    return Cell(f"{unit.says}, bias {counted}, {norms}batch {batch}")
