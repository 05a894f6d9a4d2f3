"""sepcost schema: JSON Schemas of the files that it reads."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import click

from sepcost.cli.options import Word
from sepcost.cli.usage import Command

_SCHEMAS = {
    "network": ("sepcost.network.toml.keys", "network_schema"),
    "budgets": ("sepcost.network.budget_keys", "budgets_schema"),
}
"""The module and the function that give each schema."""

_EPILOG = """\b
Examples:
  sepcost schema network
  sepcost schema budgets -o budgets.schema.json
"""


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of that name."""
    module, function = _SCHEMAS[name]
    found: dict[str, Any] = getattr(import_module(module), function)()
    return found


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("name", type=Word(tuple(_SCHEMAS)), metavar="NAME")
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
def command(name: str, output: str | None) -> None:
    """Print the JSON Schema of a TOML file that is read: network or budgets.

    Editors that know it complete the keys of the file, say what they mean, and mark what is wrong.
    """
    from sepcost.report.render.streams import opened

    with opened(output) as stream:
        stream.write((json.dumps(schema(name), indent=2) + "\n").encode())
