"""The program: what it is started by, and the one place where outcomes become exit codes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

OK, NOT_HELD, WRONG, INTERRUPTED, READER_GONE = 0, 1, 2, 130, 141


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from sepcost.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        # A fault of the program itself: still one line, and never taken for a budget that is held.
        with suppress(Exception):
            print(f"sepcost: internal error: {type(error).__name__}: {str(error)[:200]!r}", file=sys.stderr)
        code = WRONG
    _leave(code)


def _leave(code: int) -> None:
    """Exit without taking the interpreter apart, which would cost a fifth of a short run."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
