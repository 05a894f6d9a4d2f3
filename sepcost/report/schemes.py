"""The catalogue of schemes as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.core.scheme import Parameter, Scheme, StageForm
from sepcost.report import phrases as words
from sepcost.report.convention import convention
from sepcost.report.mathematics import expression_cell
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Section, Table
from sepcost.solver import mathtext
from sepcost.solver.expressions import weights_formula


def report(schemes: tuple[Scheme, ...]) -> Report:
    """Return schemes ready for every kind of output."""
    return Report(
        document=lambda: _document(schemes),
        records=lambda: [_record(scheme) for scheme in schemes],
        table=lambda: _table(schemes),
    )


def _document(schemes: Iterable[Scheme]) -> Document:
    return {
        "schema": "sepcost/schemes/1",
        "convention": convention(bias=False),
        "schemes": [_scheme(scheme) for scheme in schemes],
    }


def _scheme(scheme: Scheme) -> Document:
    weights = weights_formula(scheme)
    return {
        "scheme": scheme.name,
        "summary": scheme.summary,
        "source": scheme.source,
        "weights": mathtext.text(weights),
        "latex": mathtext.latex(weights),
        "parameters": [_parameter(each) for each in scheme.parameters],
        "stages": [_stage(form) for form in scheme.forms],
    }


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "symbol": parameter.symbol,
        "default": parameter.default,
        "summary": parameter.summary,
    }


def _stage(form: StageForm) -> Document:
    return {
        "stage": form.name,
        "writes": form.writes,
        "groups": form.groups,
        "kernel": form.kernel,
        "from": form.source,
    }


def _record(scheme: Scheme) -> Record:
    document = _scheme(scheme)
    return {
        **{key: document[key] for key in ("scheme", "summary", "source", "weights")},
        "parameters": " ".join(f"{each.name}={each.default}" for each in scheme.parameters),
        "stages": " ".join(form.name for form in scheme.forms),
    }


def _table(schemes: Iterable[Scheme]) -> Table:
    columns = (Column("scheme"), Column("weights"), Column("parameter"), Column("default"))
    rows = tuple(_row(scheme) for scheme in schemes)
    about = tuple(Cell(_about(each), verbatim=True) for each in schemes if each.summary or each.source)
    return Table("Schemes that --scheme knows", columns, rows, (), (Section("What they are", about),))


def _about(scheme: Scheme) -> str:
    """Return what a scheme is, and where it is from; a user's own may leave out either."""
    source = f"({scheme.source})" if scheme.source else ""
    return f"{scheme.name}: {' '.join(filter(None, (scheme.summary, source)))}"


def _row(scheme: Scheme) -> Row:
    own = scheme.parameters
    names = (each.name if each.symbol == each.name else f"{each.symbol}, {each.name}" for each in own)
    defaults = (each.default for each in own)
    weights = expression_cell(weights_formula(scheme))
    parameters = (Cell(", ".join(each) or words.NOTHING) for each in (names, defaults))
    return Row((Cell(scheme.name), weights, *parameters))
