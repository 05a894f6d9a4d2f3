"""Where a result goes: a terminal, a pipe or a file, in which format, and whole or not at all."""

from __future__ import annotations

import os
import sys

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.files import ending
from sepcost.report.render.streams import opened
from sepcost.report.result import Report

_FORMAT_OF_ENDING = {
    "json": "json",
    "csv": "csv",
    "md": "markdown",
    "tex": "latex",
    "txt": "table",
    "py": "python",
    "jsonl": "jsonl",
    "parquet": "parquet",
    "svg": "svg",
    "png": "png",
    "pdf": "pdf",
    "html": "html",
}
PICTURES = ("svg", "png", "pdf")


def sets_format(path: str) -> bool:
    """Return whether the ending of a file's name stands for a format, of whichever command."""
    return ending(path) in _FORMAT_OF_ENDING


class Destination:
    """Where a user wants the result.

    chosen: the format wanted, by name, else None; output: a file's path, None or '-' for stdout;
    color: 'auto', 'always' or 'never'; formats: those that the command has; default: the format where
    nothing chooses one.
    """

    def __init__(
        self,
        chosen: str | None,
        output: str | None,
        color: str,
        formats: tuple[str, ...],
        default: str = "table",
    ) -> None:
        self.chosen = chosen
        self.output = None if output == "-" else output
        self.color = color
        self.formats = formats
        self.default = default

    @property
    def format(self) -> str:
        """The format: the one wanted, else by the file's ending, else the default.

        Raises QuantityError for an ending that stands for none of the command's formats, and for a
        picture that has no file to go to.
        """
        if self.output == "":
            raise QuantityError("-o: the file's name is empty")
        if self.chosen in PICTURES and self.output is None:
            raise QuantityError(f"-f {self.chosen}: a picture goes into a file: give -o")
        if self.chosen is not None or self.output is None:
            return self.chosen or self.default
        named = _FORMAT_OF_ENDING.get(ending(self.output))
        if named in PICTURES and named not in self.formats:
            raise QuantityError(f"-o: {quoted(self.output)} is a picture, and this command draws none")
        if named not in self.formats:
            endings = ", ".join(f".{end}" for end, name in _FORMAT_OF_ENDING.items() if name in self.formats)
            raise QuantityError(
                f"-o: the ending of {quoted(self.output)} sets no format ({endings}): give -f"
            )
        return named


def show(report: Report, destination: Destination) -> None:
    """Render a report and write it; nothing is written where rendering fails.

    Raises FileError where it cannot be written, ReaderGoneError where nobody reads.
    """
    if destination.format in PICTURES:
        _draw(report, destination)
    elif destination.output is None:
        _print(_rendered(report, destination))
    else:
        write_file(destination.output, _rendered(report, destination).encode())


def _draw(report: Report, destination: Destination) -> None:
    assert destination.output is not None
    if report.picture is None:
        raise QuantityError("-o: there is nothing to draw here: give another ending")
    write_file(destination.output, report.picture().drawn(destination.format))


def _rendered(report: Report, destination: Destination) -> str:
    format_ = destination.format
    if format_ in report.others:
        return report.others[format_]()
    if format_ == "table":
        return _table(report, destination)
    if format_ in ("json", "csv"):
        from sepcost.report.render import data

        if format_ == "json":
            return data.json(report.document())
        return data.csv(report.records(), report.headings)
    if format_ == "latex":
        from sepcost.report.render.latex import latex

        return latex(report.table())
    from sepcost.report.render.markup import markdown

    return markdown(report.table())


def _table(report: Report, destination: Destination) -> str:
    on_terminal = destination.output is None and sys.stdout is not None and sys.stdout.isatty()
    forced = destination.output is None and destination.color == "auto" and _forces_color()
    color = destination.color == "always" or forced
    if not on_terminal and not color:
        from sepcost.report.render.plain import plain

        return plain(report.table())
    from sepcost.report.render.terminal import terminal

    color = color or (destination.color == "auto" and _wants_color())
    width = _columns() if on_terminal else 100
    return terminal(report.table(), width, color, unicode=not on_terminal or _shows_unicode())


def _columns() -> int:
    """Return how many columns the terminal has. The shutil module says the same, but is slow to wake up."""
    asked_for = os.environ.get("COLUMNS", "")[:9]
    if asked_for.isdecimal() and int(asked_for):
        return int(asked_for)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _wants_color() -> bool:
    """Return whether a terminal is drawn on in colour."""
    said = os.environ.get
    off = said("NO_COLOR") or said("CLICOLOR") == "0" or said("FORCE_COLOR", "").lower() in ("0", "false")
    return not off and said("TERM") != "dumb"


def _forces_color() -> bool:
    """Return whether colour is drawn wherever stdout leads to; NO_COLOR goes before what forces it."""
    forced = (os.environ.get(name, "").lower() for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return not os.environ.get("NO_COLOR") and any(value not in ("", "0", "false") for value in forced)


def _shows_unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _print(text: str) -> None:
    """Write to stdout: UTF-8 for programs, what it shows for a terminal."""
    encoding = sys.stdout.encoding if sys.stdout is not None and sys.stdout.isatty() else "utf-8"
    with opened(None) as stream:
        stream.write(text.encode(encoding or "utf-8", errors="backslashreplace"))


def write_file(path: str, data: bytes) -> None:
    """Write a file whole or not at all, as `opened` does."""
    with opened(path) as stream:
        stream.write(data)
