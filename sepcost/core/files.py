"""Bytes and TOML tables from files that nobody vouches for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from os import PathLike
from typing import Any

from sepcost.core.errors import FieldError, FileError, did_you_mean, printable, quoted

Path = str | PathLike[str]
Table = dict[str, Any]

LARGEST_TOML = 256 * 1024
_DEEPEST = 16
_MOST_DOTS = 64

_STRING_OR_COMMENT = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_STRUCTURE = re.compile(r"[\[\]{}.\n]")


def read_bytes(path: Path, largest: int) -> bytes:
    """Return the content of a regular, non-empty file of at most `largest` bytes.

    Raises FileError; never waits on a pipe or a device.
    """
    shown = os.fspath(path)
    try:
        # A FIFO would block at open.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise FileError(shown, _reason(error)) from None
    try:
        content = _content(shown, handle, largest)
    except OSError as error:
        raise FileError(shown, _reason(error)) from None
    finally:
        os.close(handle)
    if not content:
        raise FileError(shown, "is empty")
    return content


def load_toml(path: Path) -> Table:
    """Return the table in a TOML file; FileError for one that is none, or is built to be slow."""
    import tomllib  # an ONNX file, whose reading is timed, needs none

    shown = os.fspath(path)
    try:
        text = read_bytes(path, LARGEST_TOML).decode("utf-8")
        _refuse_deep(text)
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise FileError(shown, "is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise FileError(shown, f"is not TOML: {_first_line(error)}") from None


def refuse_unknown(table: Table, known: tuple[str, ...]) -> None:
    """Raise FieldError for the first key of a table that is not known."""
    for key in table:
        if key not in known:
            raise FieldError(quoted(key), f"is not a key{did_you_mean(key, known) or '; ' + _listed(known)}")


def tables(parent: Table, key: str) -> list[Table]:
    """Return the `[[key]]` tables of a TOML file, at least one."""
    found = parent.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(table, dict) for table in found):
        raise FieldError(key, f"is missing: write at least one [[{key}]] table")
    return found


def text_of(table: Table, key: str, longest: int) -> str:
    """Return the text under a key; FieldError where there is none, or it is empty or too long."""
    value = table.get(key)
    if value is None:
        raise FieldError(key, "is missing")
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise FieldError(key, f"is not a text of 1 to {longest} characters")
    return value


def _content(shown: str, handle: int, largest: int) -> bytes:
    """Return an open file's bytes; nothing of it is read where it says that it is too large."""
    status = os.fstat(handle)
    if stat.S_ISDIR(status.st_mode):
        raise FileError(shown, "is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(shown, "is not a regular file")
    # A file that says 0 may still have content, as those of /proc do; one may grow while it is read.
    content = b""
    if status.st_size <= largest:
        with open(handle, "rb", closefd=False) as file:
            content = file.read(largest + 1)
    if max(status.st_size, len(content)) > largest:
        raise FileError(shown, f"is larger than {largest} bytes, the most that is read")
    return content


def _refuse_deep(text: str) -> None:
    """Refuse what the TOML parser recurses into, or takes quadratic time for."""
    depth = dots = 0
    for mark in _STRUCTURE.findall(_STRING_OR_COMMENT.sub(" ", text)):
        depth += (mark in "[{") - (mark in "]}")
        dots = 0 if mark == "\n" else dots + (mark == ".")
        if depth > _DEEPEST or dots > _MOST_DOTS:
            raise ValueError("it is nested too deeply")


def _listed(known: Iterable[str]) -> str:
    return f"the keys are {', '.join(known)}"


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines() or ["it cannot be parsed"]
    return printable(lines[0][:120])


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror.lower()}"
    return "cannot be read: its name is no file name"
