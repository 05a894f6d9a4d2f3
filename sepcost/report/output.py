"""Where a result goes: a terminal, a pipe or a file, in which format, and whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from typing import BinaryIO

from sepcost.errors import FileError, QuantityError, quoted
from sepcost.report.result import Report

_FORMAT_OF_ENDING = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".txt": "table",
    ".py": "python",
}


class ReaderGoneError(Exception):
    """Whoever read the pipe has closed it: not an error, but the end."""


class Destination:
    """Where a user wants the result.

    chosen: the format asked for by name, else None; output: a file's path, else None;
    color: 'auto', 'always' or 'never'; formats: those that the command has.
    """

    def __init__(self, chosen: str | None, output: str | None, color: str, formats: tuple[str, ...]) -> None:
        self.chosen = chosen
        self.output = output
        self.color = color
        self.formats = formats

    @property
    def format(self) -> str:
        """The format: as asked for, else by the file's ending, else a table.

        Raises QuantityError for an ending that stands for none of the command's formats.
        """
        if self.chosen is not None or self.output is None:
            return self.chosen or "table"
        ending = os.path.splitext(self.output)[1].lower()
        named = _FORMAT_OF_ENDING.get(ending)
        if named not in self.formats:
            endings = ", ".join(e for e, name in _FORMAT_OF_ENDING.items() if name in self.formats)
            raise QuantityError(
                f"-o: the ending of {quoted(self.output)} sets no format ({endings}): give -f"
            )
        return named


def show(report: Report, destination: Destination) -> None:
    """Render a report and write it; nothing is written where rendering fails.

    Raises FileError where it cannot be written, ReaderGoneError where nobody reads.
    """
    text = _rendered(report, destination)
    if destination.output is None:
        _print(text)
    else:
        write_file(destination.output, text.encode())


def _rendered(report: Report, destination: Destination) -> str:
    format_ = destination.format
    if format_ in report.others:
        return report.others[format_]()
    if format_ == "table":
        return _table(report, destination)
    if format_ in ("json", "csv"):
        from sepcost.report import data

        return data.json(report.document()) if format_ == "json" else data.csv(report.records())
    from sepcost.report import markup

    return {"markdown": markup.markdown, "latex": markup.latex}[format_](report.table())


def _table(report: Report, destination: Destination) -> str:
    on_terminal = destination.output is None and sys.stdout is not None and sys.stdout.isatty()
    if not on_terminal and destination.color != "always":
        from sepcost.report.plain import plain

        return plain(report.table())
    from shutil import get_terminal_size

    from sepcost.report.terminal import terminal

    color = destination.color == "always" or (destination.color == "auto" and _wants_color())
    width = get_terminal_size().columns if on_terminal else 100
    return terminal(report.table(), width, color, unicode=not on_terminal or _shows_unicode())


def _wants_color() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _shows_unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _print(text: str) -> None:
    """Write to stdout: UTF-8 for programs, what it shows for a terminal."""
    if sys.stdout is None:
        raise FileError("stdout", "is closed")
    encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
    data = text.encode(encoding or "utf-8", errors="backslashreplace")
    try:
        sys.stdout.flush()
        _write_all(sys.stdout.buffer, data)
    except BrokenPipeError:
        _forget_stdout()
        raise ReaderGoneError from None
    except OSError as error:
        _forget_stdout()
        raise FileError("stdout", error.strerror or "cannot be written") from None


def _write_all(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()


def _forget_stdout() -> None:
    """Let the interpreter's last flush of stdout go nowhere, so that it cannot fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write_file(path: str, data: bytes) -> None:
    """Write a file whole or not at all: beside it, then in its place.

    A device or pipe is written to as it is. Raises FileError; then an old file stands as it was.
    """
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except OSError:
        mode = None
    try:
        if mode is not None and not stat.S_ISREG(mode):
            with open(target, "wb") as stream:
                _write_all(stream, data)
        else:
            _replace(target, data, mode)
    except BrokenPipeError:
        raise ReaderGoneError from None
    except (OSError, ValueError) as error:
        raise FileError(path, getattr(error, "strerror", None) or "cannot be written") from None


def _replace(target: str, data: bytes, mode: int | None) -> None:
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".sepcost-")
    try:
        with os.fdopen(handle, "wb") as stream:
            _write_all(stream, data)
        os.chmod(temporary, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
