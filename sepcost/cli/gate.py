"""From verdicts to an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sepcost.cli.complaint import complain
from sepcost.exit_codes import NOT_HELD, OK

if TYPE_CHECKING:
    from sepcost.limits import Verdict


def held(command_path: str, verdicts: Iterable[tuple[str, Verdict]]) -> int:
    """Say on stderr which limits are not held, a line each, and return the exit code.

    verdicts: each with what it is about, '' where that goes without saying.
    """
    failed = [(subject, verdict) for subject, verdict in verdicts if not verdict.passed]
    if not failed:
        return OK
    from sepcost.report.verdicts import verdict_line

    for subject, verdict in failed:
        about = f"{subject}: " if subject else ""
        complain(f"{command_path}: {about}{verdict_line(verdict)}")
    return NOT_HELD
