import pytest
from hypothesis import Phase, settings

from tests.effort import tries

settings.register_profile("sepcost", deadline=None, max_examples=tries(20))
settings.register_profile(
    "mutants", settings.get_profile("sepcost"), derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("sepcost")


@pytest.fixture
def measured_briefly(monkeypatch):
    """Machines are measured in a second or two, and accordingly badly."""
    monkeypatch.setattr("sepcost.hardware.measure.ROUNDS", 1)
    monkeypatch.setattr("sepcost.hardware.measure._WINDOWS", 1)
    monkeypatch.setattr("sepcost.hardware.measure._WINDOW_S", 0.001)
    monkeypatch.setattr("sepcost.hardware.measure._COPIED_BYTES", 2**24)
