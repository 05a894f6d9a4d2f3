"""CPU time of auditing ResNet-50 in the library, against importing what it stands on.

Run from the repository: python tests/benchmarks/network_read.py [RUNS]
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import onnx

MODEL = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"
SIDES = {
    "floor": "import click, onnx.shape_inference",
    "audit": f"""
import click
from sepcost.network.audit import audit
from sepcost.network.read import read_network
audited = audit(read_network({str(MODEL)!r}))
assert audited.totals == (25_502_912, 4_089_184_256)
assert audited.replaced_layers == 17
""",
}
AT_MOST = 1.3
# Without its compiled modules Python compiles the library anew in each run.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds(code):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for code in SIDES.values():
        cpu_seconds(code)
    times = [[cpu_seconds(code) for code in SIDES.values()] for _ in range(runs)]
    floor, audit = map(min, zip(*times, strict=True))
    print(f"{'import floor':14}{floor * 1000:8.1f} ms")
    print(f"{'audit':14}{audit * 1000:8.1f} ms")
    print(f"{'ratio':14}{audit / floor:8.2f}  (at most {AT_MOST})")


if __name__ == "__main__":
    main()
