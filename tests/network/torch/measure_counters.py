"""Write tests/network/counters/measured.json: what counters print for the networks of `counted`.

Run as `python -m tests.network.torch.measure_counters` where PyTorch and the counters are installed, each in
the version that sepcost.network.counters.tools says.
"""

import contextlib
import io
import json
import warnings
from pathlib import Path

import torch

from tests.network.torch.counted import COUNTED

MEASURED = Path(__file__).parents[1] / "counters" / "measured.json"


def thop(model, x):
    from thop import profile

    return map(int, profile(model, (x,), verbose=False))


def ptflops(model, x, backend="pytorch"):
    from ptflops import get_model_complexity_info

    return get_model_complexity_info(
        model, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False, backend=backend
    )


def ptflops_aten(model, x):
    return ptflops(model, x, "aten")


def fvcore(model, x):
    from fvcore.nn import FlopCountAnalysis, parameter_count

    return int(FlopCountAnalysis(model, (x,)).total()), parameter_count(model)[""]


def torchinfo(model, x):
    from torchinfo import summary

    found = summary(model, input_data=x, verbose=0)
    return found.total_mult_adds, found.total_params


def flop_counter(model, x):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(x)
    return counter.get_total_flops(), None


def torchprofile(model, x):
    from torchprofile import profile_macs

    return profile_macs(model, x), None


def calflops(model, x):
    from calflops import calculate_flops

    flops, _, parameters = calculate_flops(
        model, input_shape=tuple(x.shape), output_as_string=False, print_results=False, print_detailed=False
    )
    return flops, parameters


def calflops_macs(model, x):
    from calflops import calculate_flops

    _, macs, parameters = calculate_flops(
        model, input_shape=tuple(x.shape), output_as_string=False, print_results=False, print_detailed=False
    )
    return macs, parameters


COUNTERS = {
    "thop": thop,
    "ptflops": ptflops,
    "ptflops-aten": ptflops_aten,
    "fvcore": fvcore,
    "torchinfo": torchinfo,
    "flop_counter": flop_counter,
    "torchprofile": torchprofile,
    "calflops": calflops,
    "calflops-macs": calflops_macs,
}


def measured(network, counter):
    """MACs or FLOPs and parameters, None where the counter prints none."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return list(counter(network().eval(), torch.zeros(1, *network.size)))


def main():
    table = {
        name: {tool: measured(network, counter) for tool, counter in COUNTERS.items()}
        for name, network in COUNTED.items()
    }
    MEASURED.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
