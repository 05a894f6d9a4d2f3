"""How much more CPU time the program takes than the floor that its libraries set.

Both sides of each row run as processes of their own, in turns, so that both meet the same weather; the
least of each is what it costs. A ratio holds on a machine of any speed, a number of seconds doesn't.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import tempfile
import termios
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import NamedTuple

LEAST_RUNS = 20
SEPCOST = str(Path(sys.executable).parent / "sepcost")
"""The program as it is installed beside this Python."""


class Row(NamedTuple):
    """One claim: `ours` takes at most `at_most` times the CPU time of `floor`.

    on_terminal: whether both sides have a terminal as their stdout.
    needs: a package that the floor needs besides; where it is not installed, the row is not measured.
    """

    what: str
    floor: Sequence[str]
    ours: Sequence[str]
    at_most: float
    on_terminal: bool = False
    needs: str | None = None

    @property
    def can_run(self) -> bool:
        """Whether what the floor needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None


def importing(modules: str) -> list[str]:
    """Return the command that starts Python and imports modules, none of them from where it is run."""
    return [sys.executable, "-P", "-c", f"import {modules}"]


def runs_wanted() -> int:
    """Return how often each side runs: the one argument on the command line, and enough to mean something."""
    return max(LEAST_RUNS, int(sys.argv[1]) if len(sys.argv) > 1 else LEAST_RUNS)


def main(rows: Sequence[Row]) -> int:
    """Measure the rows, print a table, and return 0 where all of them hold, else 1."""
    runs = runs_wanted()
    lines = [("what", "floor", "ours", "ratio", "at most")]
    held = True
    for row in rows:
        if not row.can_run:
            print(f"{row.needs} is not installed: not measured: {row.what}")
            continue
        floor, ours = measured(row, runs)
        held = held and ours / floor <= row.at_most
        lines.append((row.what, _ms(floor), _ms(ours), f"{ours / floor:.2f}", f"{row.at_most:.2f}"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for what, *numbers in lines:
        print("  ".join([what.ljust(widths[0]), *map(str.rjust, numbers, widths[1:])]))
    return 0 if held else 1


def measured(row: Row, runs: int) -> tuple[float, float]:
    """Return the least CPU seconds of the floor and of ours, after one run of each that warms up."""
    sides = (row.floor, row.ours)
    for side in sides:
        cpu_seconds(side, row.on_terminal)
    times = [[cpu_seconds(side, row.on_terminal) for side in sides] for _ in range(runs)]
    floor, ours = map(min, zip(*times, strict=True))
    return floor, ours


def cpu_seconds(command: Sequence[str], on_terminal: bool = False) -> float:
    """Run a command away from the sources and return the CPU time that it took, its own and the system's."""
    output, reader = _terminal() if on_terminal else (os.open(os.devnull, os.O_WRONLY), None)
    # Without its compiled modules Python would compile the library anew in each run.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["TERM"] = "xterm"
    redirection = [(os.POSIX_SPAWN_DUP2, output, 1)]
    process = os.posix_spawnp(command[0], command, environment, file_actions=redirection)
    _, status, usage = os.wait4(process, 0)
    os.close(output)
    if reader is not None:
        reader.join()
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def _terminal() -> tuple[int, Thread]:
    """Open a terminal of 100 columns and a thread that reads what it is given."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    reader = Thread(target=_drained, args=(ours,))
    reader.start()
    return theirs, reader


def _drained(descriptor: int) -> None:
    with suppress(OSError):  # The other end is closed.
        while os.read(descriptor, 65536):
            pass
    os.close(descriptor)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def away_from_the_sources() -> None:
    """Work in a folder from which nothing but what is installed can be imported."""
    os.chdir(tempfile.gettempdir())
