"""What the bytes and times of checked budgets were counted with, in the lines below their table."""

from __future__ import annotations

from collections.abc import Iterator

from sepcost.core.metrics import SIZES, TIME
from sepcost.network.budget import BudgetRow, Budgets
from sepcost.report import phrases as words
from sepcost.report.footprint import own_sizes_words
from sepcost.report.roofline_phrases import machine_note, run_notes
from sepcost.report.table import Cell


def budget_notes(budgets: Budgets) -> Iterator[Cell]:
    """Yield each note once; where there are several of a kind, each names its budgets."""
    kinds: dict[str, dict[str, dict[str, None]]] = {}
    for row in budgets.rows:
        for note in _row_notes(row):
            kind, _, _ = note.text.partition(":")
            kinds.setdefault(kind, {}).setdefault(note.text, {})[row.name] = None
    for notes in kinds.values():
        for text, names in notes.items():
            said = text if len(notes) == 1 else f"{words.first_of(list(names))}: {text}"
            yield Cell(said, verbatim=True)


def _row_notes(row: BudgetRow) -> Iterator[Cell]:
    execution, metric = row.execution, row.check.metric
    if metric in SIZES:
        each = f"{words.several(execution.element_size, 'byte')} an element"
        said = own_sizes_words(row.own, execution.machine, "bytes = {}") if row.own else each
        yield Cell(f"memory and storage: {said}")
        if execution.machine is not None:
            yield machine_note(execution.machine)
    elif metric == TIME:
        yield from run_notes(execution, uncounted=True)
