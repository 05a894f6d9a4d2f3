"""Cost layers on a Dask dataframe: the same formulas on its columns, on as many machines as it has.

Run it as it is for two threads of this machine; with the address of a scheduler for a whole cluster:

    python examples/dask_sweep.py
    python examples/dask_sweep.py tcp://scheduler:8786
"""

import sys
from itertools import product

import dask.dataframe as dd
import pandas as pd
from dask.distributed import Client

from sepcost.core import formulas
from sepcost.core.formulas import Maps, Sizes
from sepcost.core.schemes import NOTEBOOK, scheme_named
from sepcost.sweep.column import Column

SCHEMES = (*NOTEBOOK, scheme_named("inverted"), scheme_named("blueprint"))

# Depth multipliers whose roots are whole, so that every scheme can be built.
ROOTS = (1, 2, 3)


def layers(channels, kernels, positions, partitions):
    """Return every layer of those sizes, in that many parts."""
    rows = product(channels, ROOTS, kernels)
    frame = pd.DataFrame(rows, columns=["n_i", "root_gamma", "kernel"])
    frame["positions"] = positions
    return dd.from_pandas(frame, npartitions=partitions)


def costed(frame):
    """Add what each layer costs in each scheme."""
    gamma = frame.root_gamma * frame.root_gamma
    n_i, n_o, taps, side = map(
        Column, (frame.n_i, gamma * frame.n_i, frame.kernel * frame.kernel, frame.kernel)
    )
    sizes = Sizes(n_i, n_o, taps, Column(gamma, root=Column(frame.root_gamma)), side, side)
    # With stride 1 and same padding every map has as many positions.
    maps = Maps(Column(frame.positions), 1, Column(frame.positions), 1)
    for scheme in SCHEMES:
        stages = scheme.stages(sizes)
        frame[f"{scheme.name}_weights"] = formulas.weights(stages).whole
        frame[f"{scheme.name}_macs"] = formulas.macs(stages, maps).whole
    return frame


def main(scheduler=None):
    local = {"processes": False, "n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with Client(scheduler) if scheduler else Client(**local):
        frame = costed(layers(range(1, 20_001), (1, 3, 5), positions=56 * 56, partitions=8))
        totals = frame[[f"{scheme.name}_macs" for scheme in SCHEMES]].mean().compute()
    print(totals.to_string(float_format="{:,.0f}".format))


if __name__ == "__main__":
    main(*sys.argv[1:])
