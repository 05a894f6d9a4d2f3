"""A call into native code that a hostile file may bring down, made where it takes nothing along.

The shape inference of the `onnx` package is C++ that was written for models of good will: on some
others it reads past its arrays, or computes a tensor of 10^9 numbers. In a forked process with
little memory and time that costs one error message.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from time import monotonic
from typing import NoReturn

MEMORY = 2 * 2**30
"""What the call may take besides what the process holds already, in bytes."""

SECONDS = 60
_PIECE = 2**20
_DONE, _FAILED = b"+", b"-"
_NO_ANSWER = "it takes too much time or memory, or ends in a crash"

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
"""Frameworks of macOS forbid a fork; there, and on Windows, the call is made in this process."""


class CallFailedError(Exception):
    """A call that raised, died or took too long."""


def isolated(call: Callable[[bytes], bytes], argument: bytes) -> bytes:
    """Return what a call makes of bytes; CallFailedError, with the reason, where it makes nothing."""
    if not CAN_FORK:
        try:
            return call(argument)
        except Exception as error:
            raise CallFailedError(str(error)) from None
    reading, writing = os.pipe()
    try:
        child = _forked()
        if child == 0:
            os.close(reading)
            _answer(writing, call, argument)
    except OSError as error:
        os.close(reading)
        raise CallFailedError(f"no process can be started for it: {error.strerror}") from None
    finally:
        os.close(writing)
    try:
        answer = _received(reading)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer[:1] == _DONE:
        return answer[1:]
    raise CallFailedError(answer[1:].decode("utf-8", "replace") or _NO_ANSWER)


def _forked() -> int:
    with warnings.catch_warnings():
        # Libraries start threads that the child never waits for.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _answer(writing: int, call: Callable[[bytes], bytes], argument: bytes) -> NoReturn:
    """Make the call in the child, write what came of it, and end the process; never returns."""
    try:
        _silence()
        _limit_memory()
        answer = _DONE + call(argument)
    except BaseException as error:
        answer = _FAILED + str(error).encode("utf-8", "replace")
    try:
        view = memoryview(answer)
        while view:
            view = view[os.write(writing, view) :]
    finally:
        os._exit(0)


def _silence() -> None:
    """Keep what native code says as it dies from the user."""
    faulthandler.disable()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit_memory() -> None:
    """Let the child have little more memory than it starts with, where the system says how much that is."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm") as status:
            held = int(status.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    least = held + MEMORY if most == resource.RLIM_INFINITY else min(held + MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, most))


def _received(reading: int) -> bytes:
    """Return what the child wrote until it ended, or nothing where that takes too long."""
    pieces: list[bytes] = []
    end = monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - monotonic()))
        if not ready:
            return b""
        piece = os.read(reading, _PIECE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
