"""What a shell completes: files, and the names of machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the words that begin with what is typed."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


class FileName(click.ParamType[str]):
    """The name of a file, or of a folder, which a shell completes."""

    name = "FILE"

    def __init__(self, folder: bool = False) -> None:
        self.kind = "dir" if folder else "file"
        if folder:
            self.name = "FOLDER"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the form as it is typed."""
        return self.name

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take any name: whoever opens the file says what is wrong with it."""
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Leave it to the shell to look for files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=self.kind)]


class MachineName(FileName):
    """The name of a machine, or of a file that holds one."""

    name = "NAME|FILE"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the machines whose names begin so, and leave files to the shell."""
        from sepcost.hardware.machines import MACHINE_NAMES

        # Bash forgets what comes before a file.
        return [*super().shell_complete(ctx, param, incomplete), *items(MACHINE_NAMES, incomplete)]
