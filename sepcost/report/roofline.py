"""A comparison with the bytes that it moves and its roofline bounds, as JSON, rows and a table."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sepcost.comparison import SchemeCost
from sepcost.core.exact import Exact
from sepcost.hardware.roofline import Bound, Roofline, SchemeLoad, StageLoad
from sepcost.report import comparison
from sepcost.report import phrases as words
from sepcost.report.convention import run_convention
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Record, Report

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck
    from sepcost.hardware.machine import Machine
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Cell, Table


def report(result: Roofline, checks: tuple[LimitCheck, ...] = ()) -> Report:
    """Return the report of a comparison, what it moves and its bounds added to each part of it."""
    base = comparison.report(result.comparison, checks)
    return Report(
        document=lambda: _document(result, base.document()),
        records=lambda: [
            {**record, **_record(load, result.machine)}
            for record, load in zip(base.records(), result.schemes, strict=True)
        ],
        table=lambda: _table(result, base.table()),
        picture=lambda: _picture(result),
    )


def _picture(result: Roofline) -> Picture:
    from sepcost.report.picture import comparison

    return comparison.picture(result.comparison, result)


def bound_document(bound: Bound | None) -> Document:
    """Return a bound as JSON has it: seconds, and what binds it."""
    return {
        "time_bound_s": None if bound is None else float(bound.seconds),
        "bound_by": None if bound is None else bound.by,
    }


def estimate_document(seconds: Fraction | None, machine: Machine | None) -> Document:
    """Return an estimate as JSON has it beside a bound, with its error; nothing where none can be made."""
    if machine is None or machine.measured is None:
        return {}
    return {"time_estimate_s": _float(seconds), "error": _float(machine.measured.error)}


def disagreement(cost: SchemeCost, load: SchemeLoad) -> str | None:
    """Return in one sentence that MACs fall where time does not, or the reverse; None where they agree."""
    saving = None if cost.saving is None else cost.saving.macs
    if saving is None or load.saving is None or _sign(saving) == _sign(load.saving):
        return None
    macs = _factor(saving, "as many MACs", "times fewer MACs", "times more MACs")
    bound = _factor(load.saving, "the same", "times lower", "times higher")
    return f"{macs}, but on this machine its bound is {bound}: {_binders(load)}"


def _document(result: Roofline, document: Document) -> Document:
    document["convention"].update(run_convention(result.execution.element_size, result.execution.fused))
    document["machine"] = None if result.machine is None else machine_document(result.machine)
    rows = zip(document["schemes"], result.comparison.schemes, result.schemes, strict=True)
    for row, cost, load in rows:
        if cost.applicable:
            _add(row, cost, load, result)
    return document


def _add(row: Document, cost: SchemeCost, load: SchemeLoad, result: Roofline) -> None:
    """Add to a scheme's JSON, and to that of its stages, what is moved and the bound."""
    bounded = result.machine is not None
    row.update(_moved(load.bytes if cost.realizable else None, load.work and load.work.intensity))
    for stage, part in zip(row["stages"], load.stages, strict=True):
        stage.update(_moved(part.bytes, _intensity(part)) if cost.realizable else _moved(None, None))
        if bounded:
            stage.update(bound_document(part.bound), **estimate_document(part.estimate, result.machine))
    if bounded:
        row.update(bound_document(load.bound), **estimate_document(load.estimate, result.machine))
        row["note"] = disagreement(cost, load)
        if row["saving"] is not None:
            row["saving"]["time"] = _float(load.saving)
            if load.estimate_saving is not None:
                row["saving"]["time_estimate"] = float(load.estimate_saving)
    if not cost.realizable:
        row["exact"]["bytes"] = str(load.bytes)
        row["approx"]["bytes"] = float(load.bytes or 0)


def _moved(moved: Exact | None, intensity: Fraction | None) -> Document:
    return {"bytes": moved, "intensity": _float(intensity)}


def _record(load: SchemeLoad, machine: Machine | None) -> Record:
    work = load.work
    estimated = estimate_document(load.estimate, machine)
    if estimated:
        estimated["saving_time_estimate"] = _float(load.estimate_saving)
    return {
        **(_moved(None, None) if work is None else _moved(work.bytes, work.intensity)),
        **bound_document(load.bound),
        "saving_time": _float(load.saving),
        **estimated,
    }


def _table(result: Roofline, table: Table) -> Table:
    """Return the comparison's table with columns for bytes, intensity and, on a machine, the bound."""
    from sepcost.report.table import Column

    columns = [Column("bytes", numeric=True), Column("MACs/byte", numeric=True, spare=True)]
    if result.machine is not None:
        columns += [Column("bound", numeric=True), Column("bound by"), Column("time saving", numeric=True)]
        if result.machine.measured is not None:
            columns += [Column("estimate", numeric=True), Column("estimated saving", numeric=True)]
    shown = {alike[0].scheme for alike in result.comparison.alike}
    added = [(load, cells) for load in result.schemes if load.scheme in shown for cells in _cells(load)]
    rows = []
    for row, (load, cells) in zip(table.rows, added, strict=True):
        wider = row._replace(cells=(*row.cells, *cells[: len(columns)]))
        # A bar shows the last of the savings: in time, on a machine.
        by_time = result.machine is not None and row.level == 0
        rows.append(wider._replace(bar=load.saving) if by_time else wider)
    *notes, convention = table.notes
    return table._replace(
        columns=(*table.columns, *columns),
        rows=tuple(rows),
        notes=(*notes, *_notes(result), convention),
    )


def _cells(load: SchemeLoad) -> list[tuple[Cell, ...]]:
    """Return the cells that a scheme adds to its row, then those of its stages to theirs."""
    from sepcost.report.table import Cell

    def cells(
        moved: Exact | None, intensity: Fraction | None, bound: Bound | None, saving: str
    ) -> tuple[Cell, ...]:
        texts = (
            words.grouped(moved),
            words.decimal(intensity),
            words.seconds(bound and bound.seconds),
            bound.by if bound else words.NOTHING,
            saving,
        )
        return tuple(map(Cell, texts))

    whole = cells(load.bytes, load.work and load.work.intensity, load.bound, words.times(load.saving))
    estimated = (Cell(words.seconds(load.estimate)), Cell(words.times(load.estimate_saving)))
    parts = load.stages if len(load.stages) > 1 else ()
    return [
        (*whole, *estimated),
        *(
            (
                *cells(part.bytes, _intensity(part), part.bound, ""),
                Cell(words.seconds(part.estimate)),
                Cell(""),
            )
            for part in parts
        ),
    ]


def _notes(result: Roofline) -> list[Cell]:
    from sepcost.report.roofline_phrases import bound_note, estimate_notes, machine_note, traffic_note
    from sepcost.report.table import Cell

    moved = traffic_note(result.execution.element_size, result.execution.fused)
    if result.machine is None:
        return [moved]
    said = [*_disagreements(result), f"time saving: bound of {result.comparison.against} / this bound"]
    return [
        *map(Cell, said),
        moved,
        bound_note(),
        *estimate_notes(result.machine),
        machine_note(result.machine),
    ]


def _disagreements(result: Roofline) -> list[str]:
    """Return where MACs and time disagree, schemes of which the same is to say in one line."""
    said: dict[str, list[str]] = {}
    for cost, load in zip(result.comparison.schemes, result.schemes, strict=True):
        if (sentence := disagreement(cost, load)) is not None:
            said.setdefault(sentence, []).append(cost.scheme)
    return [f"{', '.join(schemes)}: {sentence}" for sentence, schemes in said.items()]


def _intensity(stage: StageLoad) -> Fraction | None:
    """Return MACs per byte; None where the stage cannot be built."""
    whole = isinstance(stage.macs, int) and isinstance(stage.bytes, int)
    return Fraction(stage.macs, stage.bytes) if whole else None


def _factor(saving: Fraction, same: str, below: str, above: str) -> str:
    if saving == 1:
        return same
    return f"{_rounded(saving)} {below}" if saving > 1 else f"{_rounded(1 / saving)} {above}"


def _rounded(factor: Fraction) -> str:
    """Return a factor above 1 with a decimal, or with as many as it takes not to read as 1."""
    texts = (f"{float(factor):,.{decimals}f}" for decimals in range(1, 16))
    return next((text for text in texts if float(text.replace(",", "")) != 1), "barely 1")


def _sign(saving: Fraction) -> int:
    return (saving > 1) - (saving < 1)


def _binders(load: SchemeLoad) -> str:
    """Return what binds a scheme, stage by stage where they differ."""
    from sepcost.report.roofline_phrases import bound_word

    assert load.bound is not None
    parts = [(stage.stage, stage.bound.by) for stage in load.stages if stage.bound is not None]
    if not parts:
        return f"the pass is {bound_word(load.bound.by)}"
    if len({by for _, by in parts}) == 1:
        return f"every stage is {bound_word(parts[0][1])}"
    return ", ".join(f"its {stage} is {bound_word(by)}" for stage, by in parts)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
