"""The memory and the storage that a network takes, as JSON and in the lines below a table."""

from __future__ import annotations

from collections.abc import Iterator

from sepcost.hardware.execution import Execution
from sepcost.network.memory import Footprint, Live, Memory
from sepcost.report import phrases as words
from sepcost.report.result import Document
from sepcost.report.table import Cell

_MOST_NAMED = 4


def footprint_document(found: Footprint) -> Document:
    """Return memory and storage as JSON has them, in bytes, null with a reason where not known."""
    memory: Document = {"peak": None, "at": None, "live": [], "reason": found.memory_reason}
    if found.memory is not None:
        live = [{"name": each.name, "bytes": each.bytes} for each in found.memory.live]
        memory = {"peak": found.memory.peak, "at": found.memory.at, "live": live}
    document: Document = {"memory": memory, "storage": found.storage}
    return document if found.storage is not None else {**document, "storage_reason": found.storage_reason}


def footprint_notes(found: Footprint, how: Execution) -> Iterator[Cell]:
    """Yield what a network's maps and its parameters take, or why that is not known."""
    sizes = f"elements of {words.several(how.element_size, 'byte')}"
    if how.bytes is None:
        sizes = f"elements as the file has them, else of {words.several(how.element_size, 'byte')}"
    if found.memory is not None:
        yield Cell(f"memory: {_memory_words(found.memory)}; {sizes}", verbatim=True)
    else:
        yield Cell(f"memory: {found.memory_reason}", verbatim=True)
    if found.storage is not None:
        yield Cell(f"storage: {words.byte_size(found.storage)} of parameters")
    else:
        yield Cell(f"storage: {found.storage_reason}")


def _memory_words(memory: Memory) -> str:
    live = ", ".join(map(_live_words, memory.live[:_MOST_NAMED]))
    if more := len(memory.live) - _MOST_NAMED:
        live += f" and {more:,} more" if more > 0 else ""
    return f"{words.byte_size(memory.peak)} at the peak, in {memory.at}, of {live}"


def _live_words(live: Live) -> str:
    return f"{live.name} {live.bytes:,}"
