"""JSON texts in zip archives that are untrusted: no entry but those is ever opened."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from sepcost.core.errors import FileError, quoted
from sepcost.core.files import Path, opened_input

LARGEST_JSON = 32 * 1024 * 1024
"""The largest text that is read of an archive, in bytes, however small it was packed."""

MOST_TABLES = 2_000_000
"""The most tables and lists that such a text may have: each takes some thirty times its two bytes."""

LARGEST_ARCHIVE = 2**40
"""The largest archive that is opened, in bytes: its weights are never read."""

LARGEST_DIRECTORY = 8 * 1024 * 1024
"""The largest list of entries that an archive may have, in bytes."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_json(path: Path, what: str, choose: Callable[[list[str]], Iterable[str]]) -> list[dict[str, Any]]:
    """Return the tables in some JSON texts of a zip archive.

    what: names a file of this kind. choose: returns, of the archive's entries, those texts' names, or
    raises FileError. Raises FileError for what is no such archive, is damaged, or unpacks too large.
    """
    shown = os.fspath(path)
    with opened_input(path, LARGEST_ARCHIVE) as (handle, _), open(handle, "rb", closefd=False) as file:
        try:
            with zipfile.ZipFile(_Bounded(file)) as archive:
                contents = [_content(shown, archive, name) for name in choose(archive.namelist())]
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OverflowError, _zlib_error()):
            raise FileError(shown, f"is no {what}, or a damaged one") from None
    return [_table(shown, content, what) for content in contents]


def _content(shown: str, archive: zipfile.ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.compress_type not in _METHODS or entry.flag_bits & 1:
        raise FileError(shown, f"has {quoted(entry.filename)} packed in a way that is not read")
    with archive.open(entry) as text:
        return text.read(LARGEST_JSON + 1)


def _table(shown: str, content: bytes, what: str) -> dict[str, Any]:
    if len(content) > LARGEST_JSON:
        raise FileError(shown, f"holds a text of more than {LARGEST_JSON} bytes, the most that is read")
    if content.count(b"[") + content.count(b"{") > MOST_TABLES:
        raise FileError(shown, f"holds a text of more than {MOST_TABLES} tables, the most that are read")
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        raise FileError(shown, f"is no {what}: its description is not JSON, or nested too deeply") from None
    if not isinstance(table, dict):
        raise FileError(shown, f"is no {what}: its description is no table")
    return table


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error


class _Bounded:
    """An open file of which no more is read at once than a list of entries may take."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.seekable, self.close = file.seekable, lambda: None

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(min(size, LARGEST_DIRECTORY + 1) if size >= 0 else LARGEST_DIRECTORY + 1)
        if len(content) > LARGEST_DIRECTORY:
            raise ValueError("more than a list of entries may take")
        return content
