"""A call in a child process: its answer comes back, its death does not."""

import os
import signal
import time

import pytest

from sepcost.network.onnx import isolation
from sepcost.network.onnx.isolation import CallFailedError, isolated


@pytest.fixture(params=[True, False], ids=["forked", "here"])
def anywhere(request, monkeypatch):
    if not (request.param and isolation.CAN_FORK):
        monkeypatch.setattr(isolation, "CAN_FORK", False)


@pytest.mark.usefixtures("anywhere")
def test_an_answer_comes_back_however_long():
    assert isolated(lambda content: content * 3, b"abc") == b"abc" * 3
    assert isolated(lambda content: content * 10**7, b"a") == b"a" * 10**7
    assert isolated(lambda content: b"", b"a") == b""


@pytest.mark.usefixtures("anywhere")
def test_an_error_comes_back_as_its_text():
    def fails(content):
        raise ValueError("not this")

    with pytest.raises(CallFailedError, match="not this"):
        isolated(fails, b"")


forked = pytest.mark.skipif(not isolation.CAN_FORK, reason="there is no fork here")


@forked
@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT, signal.SIGKILL])
def test_a_death_is_an_error_that_prints_nothing(death, capfd):
    def dies(content):
        os.write(2, b"terminate called")
        os.kill(os.getpid(), death)
        time.sleep(60)

    with pytest.raises(CallFailedError, match="or ends in a crash"):
        isolated(dies, b"")
    assert capfd.readouterr() == ("", "")


@forked
def test_a_call_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "SECONDS", 0.1)
    with pytest.raises(CallFailedError, match="too much time"):
        isolated(lambda content: time.sleep(60), b"")


@forked
def test_a_call_that_takes_all_memory_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "MEMORY", 2**26)
    with pytest.raises(CallFailedError):
        isolated(lambda content: bytearray(2**28), b"")


@forked
def test_no_process_is_left_behind():
    isolated(lambda content: content, b"")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
