"""The program: what it is started by, and what it ends as when nothing else has caught the reason."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress

from sepcost.exit_codes import INTERRUPTED, WRONG

COLLECTING = (200_000, 30, 30)
"""When garbage in circles is looked for, much rarer than Python does: hardly anything here makes any, and
each search goes through all that is held, a third of the time of a network of 10,000 layers."""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(*COLLECTING)
    try:
        from sepcost.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException as error:
        # A fault of the program itself or a panic of native code, which is no Exception: still one line,
        # and never taken for a limit that is not held.
        with suppress(Exception):
            print(f"sepcost: internal error: {type(error).__name__}: {str(error)[:200]!r}", file=sys.stderr)
        code = WRONG
    _leave(code)


def _leave(code: int) -> None:
    """Exit without taking the interpreter apart, which would cost a fifth of a short run.

    What libraries do at an end, such as removing their temporary folders, is done.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
