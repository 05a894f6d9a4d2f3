"""The temporary file beside a target, and those that killed runs left there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import mkstemp
from zlib import crc32

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed: that is lock enough.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def file_beside(target: str) -> Iterator[tuple[int, str]]:
    """Yield the descriptor, which the block closes, and the path of a new file beside a target.

    The file is gone after the block. Until then it is locked, and a lock dies with its process: a file
    of the same target that is not locked was left by a run that was killed, and is removed first.
    """
    folder, name = os.path.split(target)
    prefix = f".sepcost-{crc32(os.fsencode(name)):08x}-"
    _remove_left(folder, prefix)
    handle, path = _made(folder, prefix)
    lock = None if fcntl is None else os.dup(handle)
    try:
        yield handle, path
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)
        if lock is not None:
            os.close(lock)


def _made(folder: str, prefix: str) -> tuple[int, str]:
    """Return a new file, locked where the file system has locks."""
    while True:
        handle, path = mkstemp(dir=folder, prefix=prefix)
        if fcntl is None:
            return handle, path
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(path):
            return handle, path
        os.close(handle)  # Another run took it for one that was left, before it was locked.


def _remove_left(folder: str, prefix: str) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _remove_unlocked(entry.path)


def _remove_unlocked(path: str) -> None:
    """Remove a file that no process holds locked; OSError where one does, or it cannot be told."""
    if fcntl is None:
        os.unlink(path)
        return
    handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(handle)
