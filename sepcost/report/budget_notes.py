"""What the bytes and times of checked budgets were counted with, in the lines below their table."""

from __future__ import annotations

from collections.abc import Iterator

from sepcost.core.metrics import IN_BYTES, TIME
from sepcost.hardware.execution import Execution
from sepcost.network.budget import Budgets
from sepcost.report import phrases as words
from sepcost.report.footprint import own_sizes_words
from sepcost.report.roofline_phrases import machine_note, run_notes
from sepcost.report.table import Cell


def budget_notes(budgets: Budgets) -> Iterator[Cell]:
    """Yield each note once; where there are several of a kind, each names its budgets."""
    alike: dict[tuple[Execution, str, tuple[int, ...]], dict[str, None]] = {}
    for row in budgets.rows:
        alike.setdefault((row.execution, row.check.metric, row.own), {})[row.name] = None
    kinds: dict[str, dict[str, dict[str, None]]] = {}
    for counted, names in alike.items():
        for note in _notes(*counted):
            kind, _, _ = note.text.partition(":")
            kinds.setdefault(kind, {}).setdefault(note.text, {}).update(names)
    for notes in kinds.values():
        for text, names in notes.items():
            said = text if len(notes) == 1 else f"{words.first_of(list(names))}: {text}"
            yield Cell(said, verbatim=True)


def _notes(execution: Execution, metric: str, own: tuple[int, ...]) -> Iterator[Cell]:
    if metric in IN_BYTES:
        each = f"{words.several(execution.element_size, 'byte')} an element"
        said = own_sizes_words(own, execution.machine, "bytes = {}") if own else each
        yield Cell(f"memory and storage: {said}")
        if execution.machine is not None:
            yield machine_note(execution.machine)
    elif metric == TIME:
        yield from run_notes(execution, uncounted=True)
