"""Where budgets stand: in a file of their own, or in a project's pyproject.toml."""

from __future__ import annotations

import os

from sepcost.core.errors import FieldError
from sepcost.core.files import Path, Table, load_file_of, load_toml, refuse_unknown, tables

USUAL_FILE = "sepcost.toml"
PYPROJECT = "pyproject.toml"

_WITHIN = "tool.sepcost"
_TABLES = f"[[{_WITHIN}.budget]]"


def usual_file() -> str:
    """Return the file of the current folder that has budgets: sepcost.toml, or pyproject.toml.

    Raises FieldError where there is none, and where both have some, of which one would not be held.
    """
    has_own, has_project = os.path.lexists(USUAL_FILE), os.path.lexists(PYPROJECT)
    if has_own and has_project and _of_sepcost(load_toml(PYPROJECT)) is not None:
        raise FieldError("FILE", f"is missing: {USUAL_FILE} and {PYPROJECT} both have budgets: give one")
    if not has_own and not has_project:
        raise FieldError("FILE", f"is missing: give one, or write {USUAL_FILE}, or {_TABLES} in {PYPROJECT}")
    return USUAL_FILE if has_own else PYPROJECT


def budget_tables(path: Path) -> list[Table]:
    """Return the [[budget]] tables of a file, of a pyproject.toml its [[tool.sepcost.budget]] tables.

    Raises FileError for a file that cannot be read, FieldError for one that has none or something else.
    """
    within = _WITHIN if os.path.basename(path) == PYPROJECT else ""
    content = load_toml(path) if within else load_file_of("budget", path)
    if within:
        own = _of_sepcost(content)
        if own is None:
            raise FieldError(_WITHIN, f"is missing: write at least one {_TABLES} table")
        content = own
    refuse_unknown(content, ("budget",))
    return tables(content, "budget", within)


def _of_sepcost(content: Table) -> Table | None:
    tools = content.get("tool")
    own = tools.get("sepcost") if isinstance(tools, dict) else None
    return own if isinstance(own, dict) else None
