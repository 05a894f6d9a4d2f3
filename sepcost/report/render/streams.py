"""The streams that results are written to: stdout, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from sepcost.core.errors import FileError
from sepcost.core.files import refuse_input

_NUMBERED = {"/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}
_STDERR = 2
_STREAM = r"/dev/fd/([0-9]{1,9})"


class ReaderGoneError(Exception):
    """Whoever read the pipe has closed it: not an error, but the end."""


@contextmanager
def opened(path: str | None) -> Iterator[BinaryIO]:
    """Open a file to be written, or stdout where `path` is None.

    A file is written beside its place and put there when the block ends; where the block fails, an old
    file stands as it was. A device, a pipe or an open stream is written to as it is.

    Raises FileError where it cannot be written, ReaderGoneError where nobody reads.
    """
    try:
        with _stdout() if path is None else _file(path) as stream:
            yield stream
            stream.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        raise FileError(path or "stdout", error.strerror or "cannot be written") from None


@contextmanager
def native_words_dropped() -> Iterator[None]:
    """Let what native code says on stderr within the block, such as a panic, go nowhere.

    Python's own stderr is as before. After an interrupt, which ends the process, native threads still run:
    what they say then goes nowhere either.
    """
    before = sys.stderr
    if before is None or _descriptor(before) != _STDERR:
        yield
        return
    words = open(os.dup(_STDERR), "w", buffering=1, encoding=before.encoding, errors=before.errors)  # noqa: SIM115
    sys.stderr = words
    _to_nowhere(_STDERR)
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        _said_again(words, before)
        raise
    _said_again(words, before)


def _said_again(words: TextIO, before: TextIO) -> None:
    """Let native code say on stderr what it says, and take back Python's own."""
    os.dup2(words.fileno(), _STDERR)
    sys.stderr = before
    words.close()


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    if sys.stdout is None or sys.stdout.closed:
        raise FileError("stdout", "is closed")
    with suppress(OSError, ValueError):  # What tests and notebooks put in its place is no file.
        refuse_input("stdout", os.fstat(sys.stdout.fileno()))
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
    except OSError:
        _forget_stdout()
        raise


def _forget_stdout() -> None:
    """Let the interpreter's last flush of stdout go nowhere, so that it cannot fail once more."""
    _to_nowhere(sys.stdout.fileno())


def _to_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    if not _may_name_a_file(path):
        raise FileError(path, "cannot be written")
    if path.endswith(os.sep):
        raise FileError(path, "names a folder: give a file")
    with suppress(OSError):
        refuse_input(path, os.stat(_NUMBERED.get(path, path)))
    stream = _as_it_is(path)
    if stream is None:
        with _replacing(os.path.realpath(path)) as beside:
            yield beside
    else:
        with stream:
            yield stream


def _may_name_a_file(path: str) -> bool:
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _as_it_is(path: str) -> BinaryIO | None:
    """Open what has no place to be replaced in: a device, a pipe, or a stream such as /dev/stdout.

    A stream may lead to a regular file, which belongs to whoever opened it.
    """
    if open_stream := re.fullmatch(_STREAM, _NUMBERED.get(path, path)):
        return os.fdopen(os.dup(int(open_stream[1])), "wb")
    return open(path, "wb") if os.path.exists(path) and not os.path.isfile(path) else None


@contextmanager
def _replacing(target: str) -> Iterator[BinaryIO]:
    from sepcost.report.render.beside import file_beside

    mode = os.stat(target).st_mode if os.path.exists(target) else 0o666 & ~_umask()
    with file_beside(target) as (handle, temporary):
        with os.fdopen(handle, "wb") as stream, _interrupted_by_termination():
            yield stream
            stream.flush()
        os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)


@contextmanager
def _interrupted_by_termination() -> Iterator[None]:
    """Take a request to end and a terminal that closes as interrupts, which leave no file beside."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [end for end in ends if signal.getsignal(end) is not signal.SIG_IGN]
    before = [signal.signal(end, signal.default_int_handler) for end in taken]
    try:
        yield
    finally:
        for end, handler in zip(taken, before, strict=True):
            signal.signal(end, handler)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
