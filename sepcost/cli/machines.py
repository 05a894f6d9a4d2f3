"""sepcost machines: the machines that --machine knows, and measuring one more."""

from __future__ import annotations

import click

from sepcost.cli.options import FILE, output_options
from sepcost.cli.usage import Command, Group
from sepcost.report.render.output import Destination, show

_EPILOG = """\b
Examples:
  sepcost machines
  sepcost machines -f csv
  sepcost machines measure -o here.toml
"""

_MEASURE_EPILOG = """\b
Examples:
  sepcost machines measure -o here.toml
  sepcost compare --no 64 --ni 64 -s 56 --machine here.toml
"""


_NO_NAME = "every machine is listed; other commands take one by --machine"


@click.group(cls=Group, invoke_without_command=True, epilog=_EPILOG, no_name=_NO_NAME)
@output_options()
@click.pass_context
def command(context: click.Context, /, destination: Destination) -> None:
    """List the machines that --machine knows: their peak, bandwidth, balance and memory, with sources.

    Any other is a TOML file with peak and bandwidth, and perhaps name, bytes, memory, storage and
    source; `sepcost machines measure` writes one for this machine.
    """
    if context.invoked_subcommand is not None:
        return
    from sepcost.hardware.machines import MACHINES
    from sepcost.report.machines import report

    show(report(MACHINES), destination)


@command.command(
    "measure",
    cls=Command,
    epilog=_MEASURE_EPILOG,
    short_help="Measure this machine, and write it as a TOML file.",
)
@click.option("-o", "--output", type=FILE, help="Write to a file that ends in .toml; else to stdout.")
def measure_command(output: str | None) -> None:
    """Measure this machine with onnxruntime on one thread, so that times are estimated on it.

    Runs small convolutions for less than two minutes, fits a few numbers to them, and states the error
    on layers that nothing was fitted to. Leave the machine alone meanwhile.

    \b
    It needs the extra measure: pip install 'sepcost[measure]'
    """
    from sepcost.core.errors import FieldError
    from sepcost.core.files import ending, stem

    if output is not None and ending(output) != "toml":
        raise FieldError("output", "a machine is a TOML file: give a name that ends in .toml")
    from sepcost.cli.complaint import complain
    from sepcost.hardware.machine_file import machine_toml
    from sepcost.hardware.measure import ROUNDS, measure, turns
    from sepcost.report.machines import measured_words
    from sepcost.report.render.progress import is_shown, progress
    from sepcost.report.render.streams import opened

    name = "here" if output is None else stem(output)
    if not is_shown():
        complain("sepcost machines measure: takes one or two minutes")
    with opened(output) as stream, progress(turns(), shown=True, unit="turns") as advance:
        machine = measure(name, ROUNDS, advance)
        stream.write(machine_toml(machine).encode())
    if output is not None:
        complain(f"wrote {output}: {measured_words(machine)}; use it with --machine {output}")
