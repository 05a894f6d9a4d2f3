"""sepcost schemes: the schemes that there are, with their formulas, parameters and sources."""

from __future__ import annotations

from typing import Any

import click

from sepcost.cli.options import output_options
from sepcost.cli.scheme_options import schemes_file_option
from sepcost.cli.usage import Command
from sepcost.report.render.output import Destination, show

_EPILOG = """\b
Examples:
  sepcost schemes
  sepcost schemes -f json
"""


_NO_NAME = "every scheme is listed; sepcost formula takes one"


@click.command(cls=Command, epilog=_EPILOG, no_name=_NO_NAME)
@schemes_file_option
@output_options()
def command(destination: Destination, **_: Any) -> None:
    """List the schemes that --scheme knows: what they are, weights, parameters and source.

    --schemes FILE adds those of a TOML file.
    """
    from sepcost.core.schemes import catalogue
    from sepcost.report.schemes import report

    show(report(catalogue()), destination)
