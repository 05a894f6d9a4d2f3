"""sepcost sweep: a grid of layers in every scheme, as data."""

from __future__ import annotations

from typing import Any

import click

from sepcost.cli.complaint import complain
from sepcost.cli.listing import GAMMAS, PAIRS, WHOLES, laid_out
from sepcost.cli.options import (
    MachineOptions,
    Quantity,
    bias_option,
    machine_options,
    output_options,
    spacing_options,
)
from sepcost.cli.scheme_options import Chosen, against_option, scheme_options
from sepcost.cli.usage import Command
from sepcost.report.render.output import PICTURES, Destination
from sepcost.report.render.streams import native_words_dropped

_ANNOUNCED_BEYOND = 10**7

NAMES = Quantity("NAME,...", lambda text: tuple(text.split(",")))

_EPILOG = """\b
Examples:
  sepcost sweep --no 16:1024:*2 --ni 64 -k 1,3,5 -s 56
  sepcost sweep --no 64 --ni 16:64:16 -f table
  sepcost sweep --gamma 1:9 --ni 32,64 -k 3,1x7 -o layers.parquet
  sepcost sweep --no 1:16 --ni 64 -k 1:7 --scheme separable -o saving.svg
  sepcost sweep --no 16:512:16 --ni 64 -s 56 --machine h100-fp16
  sepcost sweep --no 64,128 --ni 64 --scheme grouped --groups 2,4,8,16
  sepcost sweep --no 1:5000 --ni 1:5000 --dry-run
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option("--no", "--out-channels", "n_o", type=WHOLES, help="Output channels N_o.")
@click.option("--ni", "--in-channels", "n_i", type=WHOLES, help="Input channels N_i.")
@click.option("-k", "--kernel", type=PAIRS, default="3", show_default=True, help="Kernels.")
@click.option("-s", "--size", type=PAIRS, help="Input rows and columns: MACs and bytes need them.")
@click.option("--gamma", type=GAMMAS, help="Depth multipliers; each layer's N_o/N_i unless given.")
@spacing_options
@bias_option
@scheme_options("Cost in this scheme alone; may be repeated; all for every one.", WHOLES)
@against_option
@machine_options
@click.option("--columns", type=NAMES, help="Write these columns alone, in this order: n_o,scheme,macs.")
@click.option("--dry-run", is_flag=True, help="Say how many rows there would be, and stop.")
@output_options("jsonl", "parquet", *PICTURES, default="csv")
def command(
    chosen: Chosen,
    on: MachineOptions,
    columns: tuple[str, ...] | None,
    dry_run: bool,
    destination: Destination,
    **lists: Any,
) -> None:
    """Cost every layer that takes one value of each list, a row for each scheme.

    A list is 1,3,5, a range 16:1024:16, or 16:1024:*2 by a factor; an end is included where a step
    hits it. Layers come in the order of --ni, --no, --kernel, --size and --gamma, the last of them
    running fastest; of a scheme with lists of parameters, a layer has a row for each combination.
    CSV, the default, JSON lines (jsonl) and Parquet are written in batches, whatever the number of
    rows; other formats show small grids. Give two of --no, --ni and --gamma. With --size, rows have
    the bytes that each scheme moves; a machine adds its roofline bound in time.

    \b
    It needs the extra sweep: pip install 'sepcost[sweep]'
    """
    from sepcost.cli.machine_option import execution_of
    from sepcost.sweep.grid import Grid

    execution, _ = execution_of(on), destination.format  # refused before lists are laid out, which takes time
    grid = Grid(
        schemes=chosen.names,
        parameters=laid_out(chosen.parameters),
        execution=execution,
        **laid_out(lists),
    )
    from sepcost.report.render.batches import WRITERS
    from sepcost.report.sweep import rows_line, write

    if dry_run:
        click.echo(rows_line(grid))
        return
    if grid.rows > _ANNOUNCED_BEYOND and destination.format in WRITERS:
        complain(f"sepcost sweep: {rows_line(grid)}")
    with native_words_dropped():
        write(grid, destination, columns)
    if grid.size is None and columns is not None:
        from sepcost.sweep.wanted import OF_A_SIZE

        if empty := [name for name in dict.fromkeys(columns) if name in OF_A_SIZE]:
            complain(f"sepcost sweep: {', '.join(empty)}: empty without --size")
