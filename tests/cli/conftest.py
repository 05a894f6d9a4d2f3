import pytest

from tests.cli.audited import TWO_LAYERS
from tests.cli.hostile import toml


@pytest.fixture
def two_layers(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(TWO_LAYERS)
    return str(path)


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / "hostile.toml"
    path.write_text(toml())
    return str(path)
