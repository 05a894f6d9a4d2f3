"""Live modules count as other counters print; the archives in the repository are these modules."""

import json

import pytest

torch = pytest.importorskip("torch", exc_type=ImportError)

from sepcost.network.counters.like import like  # noqa: E402
from sepcost.network.counters.tools import tool_named  # noqa: E402
from sepcost.network.read import read_network  # noqa: E402
from sepcost.torch import read_module  # noqa: E402
from tests.network.pt2_archives import FIXTURES  # noqa: E402
from tests.network.torch.counted import COUNTED  # noqa: E402
from tests.network.torch.measure_counters import MEASURED  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of torch's own


@pytest.mark.parametrize("name", COUNTED)
def test_a_live_module_counts_as_its_archive_does_and_as_counters_print(name):
    live = read_module(COUNTED[name](), torch.zeros(1, *COUNTED[name].size))
    assert live.operators == read_network(FIXTURES / "counted" / f"{name}.pt2").operators
    for tool, (macs, _) in json.loads(MEASURED.read_text())[name].items():
        found = like(live, tool_named(tool))
        assert found.macs == macs or not found.comparable
