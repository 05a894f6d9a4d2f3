"""sepcost examples: the files that the help's examples read."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sepcost.cli.completion import FileName
from sepcost.cli.usage import Command
from sepcost.core.errors import FileError

_INSTALLED = Path(__file__).parents[1] / "example_files"
_IN_A_CLONE = Path(__file__).parents[2] / "examples"
_READ = (".toml", ".pt2")

_EPILOG = """\b
Examples:
  sepcost examples
  sepcost examples elsewhere
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("folder", type=FileName(folder=True), default="examples")
def command(folder: str) -> None:
    """Write networks, budgets, schemes and a machine into FOLDER, examples unless given.

    The examples of every command's help then run. A file that is there already is left as it is; where
    one of them has another content, nothing is written.
    """
    from sepcost.report.render.output import write_file

    source = _INSTALLED if _INSTALLED.is_dir() else _IN_A_CLONE
    read = (path for path in sorted(source.iterdir()) if path.suffix in _READ)
    contents = {os.path.join(folder, path.name): path.read_bytes() for path in read}
    missing = [path for path, content in contents.items() if not _is_there(path, content)]
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot be made: {(error.strerror or str(error)).lower()}") from None
    for path in missing:
        write_file(path, contents[path])
    for path in contents:
        click.echo(path)


def _is_there(path: str, content: bytes) -> bool:
    """Return whether a file is there with that content; FileError where it has another."""
    if not os.path.lexists(path):
        return False
    from sepcost.core.files import LARGEST_TOML, read_bytes

    if read_bytes(path, LARGEST_TOML) != content:
        raise FileError(path, "is there already, with another content: give another folder")
    return True
