"""What goes wrong, said on stderr."""

from __future__ import annotations

from contextlib import suppress

import click

from sepcost.core.errors import printable


def complain(line: str) -> None:
    """Say one line on stderr; where stderr is closed, the exit code must do."""
    with suppress(OSError):
        click.echo(printable(line), err=True)
