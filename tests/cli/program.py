"""The program as tests run it: in this process, as a process of its own, and on a terminal."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sepcost.cli import run

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "sepcost")

_STEERING = ("COLUMNS", "LINES", "TERM", "LANG", "LANGUAGE", "NO_COLOR", "FORCE_COLOR", "CLICOLOR")


class Done(NamedTuple):
    """How a run ended: exit code, stdout as it was written, stderr."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def refusal(self) -> str:
        """What a run that is refused says: one line, after the command's name, and nothing on stdout."""
        assert (self.code, self.out) == (2, b"")
        found = re.fullmatch(r"sepcost[a-z ]*: ([^\n]+)\n", self.err)
        assert found is not None, self.err
        assert found[1].isprintable()
        return found[1]

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class _Stream(io.TextIOWrapper):
    """A stream in memory that says whether it is a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    old = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(**changes))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(old)


def sepcost(*arguments: str, columns: int | None = None, **changes: str) -> Done:
    """Run the command line in this process; on a terminal of that many columns where given.

    changes: to the environment.
    """
    out, err = _Stream(io.BytesIO(), encoding="utf-8"), _Stream(io.BytesIO(), encoding="utf-8")
    if columns is not None:
        out.terminal = True
        changes = {"TERM": "xterm", "COLUMNS": str(columns), **changes}
    with _environment(changes), redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    for stream in (out, err):
        stream.flush()
    return Done(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what steers output, and with the changes."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _STEERING and not name.startswith(("LC_", "PYTHON", "CLICOLOR", "SEPCOST_"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def process(*arguments: str, stdout: Any = subprocess.PIPE, cwd: Path | None = None, **changes: str) -> Done:
    """Run the program as a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(**changes),
        cwd=cwd,
        timeout=60,
    )
    return Done(done.returncode, done.stdout or b"", done.stderr.decode())


def shell(line: str, **changes: str) -> Done:
    """Run a line of shell in which $sepcost stands for the program."""
    words = " ".join(COMMAND)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(sepcost=words, **changes),
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def on_terminal(*arguments: str, columns: int, cwd: Path | None = None, **changes: str) -> Done:
    """Run the program with a terminal of that many columns as its stdout."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    started = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment(**{"TERM": "xterm", **changes}),
        cwd=cwd,
    )
    os.close(theirs)
    written = b"".join(_chunks(ours))
    os.close(ours)
    _, err = started.communicate(timeout=60)
    return Done(started.returncode, written.replace(b"\r\n", b"\n"), err.decode())


def _chunks(descriptor: int) -> Iterator[bytes]:
    with suppress(OSError):  # The kernel's word for a terminal whose other end is closed.
        while chunk := os.read(descriptor, 65536):
            yield chunk
