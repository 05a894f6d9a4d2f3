"""sepcost check: budgets held or exceeded."""

from __future__ import annotations

import os

import click

from sepcost.cli.gate import held
from sepcost.cli.options import FILE, output_options
from sepcost.cli.scheme_options import schemes_file_option
from sepcost.cli.usage import Command
from sepcost.report.render.output import Destination, show

_EPILOG = """\b
Examples:
  sepcost examples
  sepcost check examples/budgets.toml
  sepcost check examples/budgets.toml -f json
  sepcost check examples/budgets.toml -f github
"""


@click.command(cls=Command, epilog=_EPILOG, gates=True)
@click.argument("file", type=FILE, required=False)
@schemes_file_option
@output_options("github")
def command(file: str | None, destination: Destination) -> int:
    """Hold networks against the budgets in FILE: exit 0 where all are held, 1 where one is exceeded.

    Without FILE, they are those of sepcost.toml in the current folder, or [[tool.sepcost.budget]] of its
    pyproject.toml. A budget that names a machine holds the network to its memory and storage
    too. Whatever cannot be read, is unknown or matches nothing is exit 2, never a pass.
    """
    from sepcost.network.budget import check
    from sepcost.network.budget_file import usual_file
    from sepcost.report.budget import report, subject

    file = usual_file() if file is None else file
    budgets = check(file)
    show(report(budgets, _in_workspace(file)), destination)
    return held("sepcost check", ((subject(row), row.check) for row in budgets.rows), "bytes = {}")


def _in_workspace(path: str) -> str:
    """Return a file's path as GitHub finds it: from the top of the checkout, where the file is in one."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return path
    folder, name = os.path.split(path)
    top, file = os.path.realpath(workspace), os.path.join(os.path.realpath(folder), name)
    within = file.startswith(os.path.join(top, ""))
    return os.path.relpath(file, top).replace(os.sep, "/") if within else path
