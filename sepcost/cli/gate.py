"""From limits and what was compared with them to an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sepcost.cli.complaint import complain
from sepcost.exit_codes import NOT_HELD, OK

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck


def held(command_path: str, checks: Iterable[tuple[str, LimitCheck]], bytes_form: str = "--bytes {}") -> int:
    """Say on stderr which limits are not held, a line each, and return the exit code.

    checks: each with what it is about, '' where that goes without saying.
    bytes_form: how the bytes of an element are set.
    """
    failed = [(subject, check) for subject, check in checks if not check.passed]
    if not failed:
        return OK
    from sepcost.report.limits import limit_line, supposed_words

    for subject, check in failed:
        about = f"{subject}: " if subject else ""
        complain(f"{command_path}: {about}{limit_line(check)}{supposed_words(check, bytes_form)}")
    return NOT_HELD
