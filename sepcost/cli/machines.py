"""sepcost machines: the machines that --machine knows."""

from __future__ import annotations

import click

from sepcost.cli.options import output_options
from sepcost.cli.usage import Command
from sepcost.report.render.output import Destination, show

_EPILOG = """\b
Examples:
  sepcost machines
  sepcost machines -f csv
"""


@click.command(cls=Command, epilog=_EPILOG)
@output_options()
def command(destination: Destination) -> None:
    """List the machines that --machine knows: their peak, bandwidth and balance, and whose figures.

    Any other is a TOML file with peak and bandwidth, and perhaps name, bytes and source.
    """
    from sepcost.hardware.machines import MACHINES
    from sepcost.report.machines import report

    show(report(MACHINES), destination)
