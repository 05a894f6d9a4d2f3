"""sepcost schema: JSON Schemas of the files that it reads, and of the JSON that it prints."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import click

from sepcost.cli.options import FILE, Word
from sepcost.cli.usage import Command
from sepcost.core.errors import one_of
from sepcost.report.schemas.commands import OUTPUTS, output_schema

_FILES = {
    "network": ("sepcost.network.toml.keys", "network_schema"),
    "budgets": ("sepcost.network.budget_keys", "budgets_schema"),
    "scheme": ("sepcost.core.scheme_keys", "scheme_schema"),
    "machine": ("sepcost.hardware.machine_keys", "machine_schema"),
}
"""The module and the function that give the schema of each file."""

_HELP = f"""Print the JSON Schema of a TOML file that is read, or of a command's JSON.

NAME is {one_of(tuple(_FILES))} for a file, and {one_of(OUTPUTS)} for what that command
prints with -f json. Editors that know a file's schema complete its keys, say what they mean, and mark what
is wrong.
"""

_EPILOG = """\b
Examples:
  sepcost schema network
  sepcost schema budgets -o budgets.schema.json
  sepcost schema audit
"""


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of that name."""
    if name in OUTPUTS:
        return output_schema(name)
    module, function = _FILES[name]
    found: dict[str, Any] = getattr(import_module(module), function)()
    return found


@click.command(cls=Command, help=_HELP, epilog=_EPILOG)
@click.argument("name", type=Word((*_FILES, *OUTPUTS)), metavar="NAME")
@click.option("-o", "--output", type=FILE, help="Write to a file.")
def command(name: str, output: str | None) -> None:
    """Print a JSON Schema."""
    from sepcost.report.render.streams import opened

    with opened(output) as stream:
        stream.write((json.dumps(schema(name), indent=2) + "\n").encode())
