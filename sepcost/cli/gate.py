"""From verdicts to an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sepcost.__main__ import NOT_HELD, OK

if TYPE_CHECKING:
    from sepcost.limits import Verdict


def held(verdicts: tuple[Verdict, ...], command_path: str) -> int:
    """Say on stderr which limits are not held, a line each, and return the exit code."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not failed:
        return OK
    from sepcost.report.verdicts import verdict_line

    for verdict in failed:
        click.echo(f"{command_path}: {verdict_line(verdict)}", err=True)
    return NOT_HELD
