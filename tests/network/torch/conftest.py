"""These tests need PyTorch, some of them Keras on top of it; where it is missing they are not collected."""

import os
from importlib.util import find_spec

os.environ.setdefault("KERAS_BACKEND", "torch")

_KERAS = ["keras_models.py", "test_keras_models.py"]
collect_ignore_glob = ["*.py"] if find_spec("torch") is None else _KERAS if find_spec("keras") is None else []
