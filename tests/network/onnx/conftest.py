"""What tests of ONNX models share: a model is written to a file, and read from it or refused."""

import pytest

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.models import saved


@pytest.fixture
def read(tmp_path):
    return lambda content, input_shape=None, **said: read_onnx(saved(tmp_path, content), input_shape, **said)


@pytest.fixture
def refusal(read, tmp_path):
    def refused(content, input_shape=None):
        with pytest.raises(FileError) as caught:
            read(content, input_shape)
        message = str(caught.value)
        assert message.isprintable()
        return message.removeprefix(f"{tmp_path}/model.onnx: ")

    return refused
