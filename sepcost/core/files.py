"""Bytes and TOML tables from untrusted files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from typing import Any

from sepcost.core.errors import FieldError, FileError, QuantityError, did_you_mean, printable, quoted

Path = str | PathLike[str]
Table = dict[str, Any]

LARGEST_TOML = 256 * 1024
_DEEPEST = 16
_MOST_DOTS = 64

EXPORTED = ("onnx", "tflite", "pt2", "keras")
"""The endings of files of networks that other programs write."""

_NETWORK = "is a network: sepcost audit takes it, sepcost check a file of budgets that names it"
_KINDS = {
    "layer": _NETWORK,
    "budget": "holds budgets: sepcost check takes it",
    "scheme": "holds schemes: --schemes takes it",
    "peak": "is a machine: --machine takes it",
}
"""What a file of TOML is, and what takes it, by the key that such a file has to have."""

_STRING_OR_COMMENT = r'(?s)"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*'
_STRUCTURE = r"[\[\]{}.\n]"

_inputs: ContextVar[set[tuple[int, int]] | None] = ContextVar("inputs", default=None)
"""The device and number of each file read within `inputs_remembered`, None outside it."""


@contextmanager
def inputs_remembered() -> Iterator[None]:
    """Remember every file that is read within the block, for `refuse_input`."""
    token = _inputs.set(set())
    try:
        yield
    finally:
        _inputs.reset(token)


def refuse_input(shown: str, output: os.stat_result) -> None:
    """Raise FileError for an output that is a file read before, by whatever name or link."""
    if (output.st_dev, output.st_ino) in (_inputs.get() or ()):
        raise FileError(shown, "is read by this command: give another output")


@contextmanager
def opened_input(path: Path, largest: int) -> Iterator[tuple[int, int]]:
    """Open a regular file that says it has at most `largest` bytes; yield its descriptor and size.

    Every input is opened here. Raises FileError, for what fails within the block too; never waits on a
    pipe or a device.
    """
    shown = os.fspath(path)
    try:
        # A FIFO would block at open.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise FileError(shown, _reason(error)) from None
    try:
        yield handle, _noted(shown, handle, largest)
    except OSError as error:
        raise FileError(shown, _reason(error)) from None
    finally:
        os.close(handle)


def refuse_absent(path: Path) -> None:
    """Raise FileError, as reading it would, for a path that leads nowhere."""
    try:
        os.stat(path)
    except (OSError, ValueError) as error:
        raise FileError(os.fspath(path), _reason(error)) from None


def read_bytes(path: Path, largest: int) -> bytes:
    """Return the content of a regular, non-empty file of at most `largest` bytes.

    Raises FileError; never waits on a pipe or a device.
    """
    shown = os.fspath(path)
    with opened_input(path, largest) as (handle, _), open(handle, "rb", closefd=False) as file:
        # A file that says 0 may still have content, as those of /proc do; one may grow while it is read.
        content = file.read(largest + 1)
    if len(content) > largest:
        raise FileError(shown, _too_large(largest))
    if not content:
        raise FileError(shown, "is empty")
    return content


def ending(path: Path) -> str:
    """Return what a file's name ends in, in lower case and without its dot.

    >>> ending("nets/Backbone.ONNX")
    'onnx'
    """
    return os.path.splitext(path)[1].lower().removeprefix(".")


def stem(path: Path) -> str:
    """Return a file's name without its folder and its ending.

    >>> stem("nets/backbone.onnx")
    'backbone'
    """
    return os.path.splitext(os.path.basename(path))[0]


def load_toml(path: Path) -> Table:
    """Return the table in a TOML file; FileError for one that is not TOML, or is made to be slow to parse."""
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


def load_file_of(key: str, path: Path) -> Table:
    """Return the table in a TOML file of the kind that a key tells, one of `_KINDS`.

    Raises FileError for one that is no TOML, or that is of another kind, with what takes that.
    """
    if ending(path) in EXPORTED:
        refuse_absent(path)
        raise FileError(os.fspath(path), _NETWORK)
    content = load_toml(path)
    if key not in content:
        for other, kind in _KINDS.items():
            if other in content:
                raise FileError(os.fspath(path), kind)
    return content


def refuse_unknown(table: Table, known: tuple[str, ...]) -> None:
    """Raise FieldError for the first key of a table that is not known."""
    for key in table:
        if key not in known:
            raise FieldError(quoted(key), f"is not a key{did_you_mean(key, known) or '; ' + _listed(known)}")


def tables(parent: Table, key: str, within: str = "") -> list[Table]:
    """Return the `[[key]]` tables of a TOML file, or of its table `within`, at least one."""
    found = parent.get(key)
    try:
        return checked_tables(found)
    except QuantityError as error:
        name = f"{within}.{key}" if within else key
        missing = f"is missing: write at least one [[{name}]] table"
        raise FieldError(key, str(error) if isinstance(found, dict) else missing) from None


def checked_tables(value: object) -> list[Table]:
    """Return `[[...]]` tables; QuantityError for anything else, and where there is none."""
    if isinstance(value, dict):
        raise QuantityError("is one table, not a list of them: write its name in double brackets, [[...]]")
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise QuantityError("is not a list of tables, at least one")
    return value


def checked_text(value: object, longest: int) -> str:
    """Return a text of 1 to `longest` characters; QuantityError for anything else."""
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise QuantityError(f"is not a text of 1 to {longest} characters")
    return value


def _noted(shown: str, handle: int, largest: int) -> int:
    """Note that an open file is an input of this run, so that no output replaces it, and return its size.

    Raises FileError for what is no regular file, or says that it has more than `largest` bytes.
    """
    status = os.fstat(handle)
    if stat.S_ISDIR(status.st_mode):
        raise FileError(shown, "is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(shown, "is not a regular file")
    if status.st_size > largest:
        raise FileError(shown, _too_large(largest))
    if (inputs := _inputs.get()) is not None:
        inputs.add((status.st_dev, status.st_ino))
    return status.st_size


def _too_large(largest: int) -> str:
    return f"is larger than {largest} bytes, the most that is read"


def _refuse_deep(text: str) -> None:
    """Refuse what the TOML parser recurses into, or takes quadratic time for."""
    depth = dots = 0
    for mark in re.findall(_STRUCTURE, re.sub(_STRING_OR_COMMENT, " ", text)):
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
