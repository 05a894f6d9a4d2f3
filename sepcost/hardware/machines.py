"""Machines that people target, by name, each with the source of its figures."""

from __future__ import annotations

import os

from sepcost.core.files import EXPORTED, ending
from sepcost.core.lookup import by_name
from sepcost.hardware.machine import Machine

MACHINES = (
    Machine(
        name="h100-fp8",
        peak=1_978_900_000_000_000 // 2,
        bandwidth=3_350_000_000_000,
        bytes=1,
        memory=80 * 2**30,
        source="NVIDIA H100 SXM5 80 GB, H100 architecture white paper: 1978.9 TFLOPS dense FP8 on tensor "
        "cores (INT8: as many TOPS), 2 FLOPs a MAC; HBM3 3352 GB/s, which the data sheet rounds to 3.35 TB/s",
    ),
    Machine(
        name="h100-fp16",
        peak=989_400_000_000_000 // 2,
        bandwidth=3_350_000_000_000,
        bytes=2,
        memory=80 * 2**30,
        source="NVIDIA H100 SXM5 80 GB, H100 architecture white paper: 989.4 TFLOPS dense FP16 or BF16 on "
        "tensor cores, 2 FLOPs a MAC; HBM3 3352 GB/s, which the data sheet rounds to 3.35 TB/s",
    ),
    Machine(
        name="a100-fp16",
        peak=312_000_000_000_000 // 2,
        bandwidth=2_039_000_000_000,
        bytes=2,
        memory=80 * 2**30,
        source="NVIDIA A100 SXM4 80 GB, data sheet: 312 TFLOPS dense FP16 or BF16 on tensor cores, 2 FLOPs a "
        "MAC; HBM2e 2039 GB/s",
    ),
    Machine(
        name="l4-int8",
        peak=242_500_000_000_000 // 2,
        bandwidth=300_000_000_000,
        bytes=1,
        memory=24 * 2**30,
        source="NVIDIA L4, data sheet: 485 TOPS INT8 on tensor cores with sparsity, half of that dense, 2 "
        "operations a MAC; GDDR6 300 GB/s; 24 GB",
    ),
    Machine(
        name="rtx-4090-fp16",
        peak=165_200_000_000_000 // 2,
        bandwidth=1_008_000_000_000,
        bytes=2,
        memory=24 * 2**30,
        source="NVIDIA GeForce RTX 4090, Ada GPU architecture white paper: 165.2 TFLOPS dense FP16 on tensor "
        "cores with FP32 accumulate, 2 FLOPs a MAC; GDDR6X 1008 GB/s; 24 GB",
    ),
    Machine(
        name="a100-tf32",
        peak=156_000_000_000_000 // 2,
        bandwidth=2_039_000_000_000,
        bytes=4,
        memory=80 * 2**30,
        source="NVIDIA A100 SXM4 80 GB, data sheet: 156 TFLOPS dense TF32 on tensor cores, 2 FLOPs a MAC; "
        "HBM2e 2039 GB/s",
    ),
    Machine(
        name="l4-fp16",
        peak=121_000_000_000_000 // 2,
        bandwidth=300_000_000_000,
        bytes=2,
        memory=24 * 2**30,
        source="NVIDIA L4, data sheet: 242 TFLOPS FP16 on tensor cores with sparsity, half of that dense, "
        "2 FLOPs a MAC; GDDR6 300 GB/s; 24 GB",
    ),
    Machine(
        name="snapdragon-x-elite-npu-int8",
        peak=45_000_000_000_000 // 2,
        bandwidth=16 * 8_448_000_000,
        bytes=1,
        memory=16 * 2**30,
        source="Qualcomm Snapdragon X Elite, product brief: Hexagon NPU of 45 TOPS INT8, 2 operations a MAC; "
        "eight 16-bit channels of LPDDR5x-8448, 135.2 GB/s, shared with the CPU; 16 GB, of up to 64",
    ),
    Machine(
        name="ryzen-9-7950x",
        peak=16 * 16 * 4_500_000_000,
        bandwidth=2 * 8 * 5_200_000_000,
        bytes=4,
        source="AMD Ryzen 9 7950X: 16 cores at the base clock of 4.5 GHz, a boost goes higher; two 256-bit "
        "FMA pipes each (Zen 4, as in LLVM's X86ScheduleZnver4.td), so 16 FP32 MACs a cycle and core; two "
        "64-bit channels of DDR5-5200, 83.2 GB/s",
    ),
    Machine(
        name="galaxy-s21-cpu",
        peak=16 * 2_840_000_000 + 3 * 8 * 2_420_000_000 + 4 * 4 * 1_800_000_000,
        bandwidth=8 * 6_400_000_000,
        bytes=4,
        memory=8 * 2**30,
        source="Samsung Galaxy S21 with Snapdragon 888, product brief: one Cortex-X1 at 2.84 GHz, three "
        "Cortex-A78 at 2.42, four Cortex-A55 at 1.8; four 16-bit channels of LPDDR5 at 3200 MHz, 51.2 GB/s; "
        "128-bit FMLA a cycle 4, 2 and 1 (Arm's software optimization guides), 4 FP32 MACs each; 8 GB",
    ),
    Machine(
        name="pixel-4-cpu",
        peak=8 * 2_840_000_000 + 3 * 8 * 2_420_000_000 + 4 * 4 * 1_800_000_000,
        bandwidth=8 * 4_266_000_000,
        bytes=4,
        memory=6 * 2**30,
        source="Google Pixel 4 with Snapdragon 855, product brief: one Cortex-A76 at 2.84 GHz, three at "
        "2.42, four Cortex-A55 at 1.8; four 16-bit channels of LPDDR4X at 2133 MHz, 34.1 GB/s; 128-bit FMLA "
        "a cycle 2 and 1 (Arm's software optimization guides), 4 FP32 MACs each; 6 GB",
    ),
    Machine(
        name="raspberry-pi-5",
        peak=4 * 8 * 2_400_000_000,
        bandwidth=4 * 4_267_000_000,
        bytes=4,
        memory=4 * 2**30,
        source="Raspberry Pi 5: 4 Cortex-A76 at 2.4 GHz and 32 bits of LPDDR4X-4267 (documentation of the "
        "BCM2712, product brief), 17.07 GB/s; two 128-bit FMLA a cycle, so 8 FP32 MACs a cycle and core, of "
        "which cpufp measures 153.5 GFLOPS on 4 cores; the model of 4 GB, of 1 to 16",
    ),
    Machine(
        name="stm32h743-int8",
        peak=2 * 480_000_000,
        bandwidth=8 * 240_000_000,
        bytes=1,
        memory=2**20,
        storage=2 * 2**20,
        source="ST STM32H743, data sheet DS12110: one Cortex-M7 at 480 MHz; one SMLAD a cycle, as measured "
        "(Arm publishes no timings; one MAC pipe in LLVM's ARMScheduleM7.td), so 2 MACs of INT8 widened to "
        "16 bits; AXI SRAM over a 64-bit bus at half that clock (AN4891), 1.92 GB/s; 1 Mbyte of RAM, its "
        "largest piece 512 Kbytes, and 2 Mbytes of flash",
    ),
    Machine(
        name="stm32f746-int8",
        peak=2 * 216_000_000,
        bandwidth=4 * 216_000_000,
        bytes=1,
        memory=320 * 2**10,
        storage=2**20,
        source="ST STM32F746, data sheet DS10916: one Cortex-M7 at 216 MHz, 2 MACs of INT8 widened to 16 "
        "bits a cycle as on the STM32H743; SRAM over a 32-bit AHB bus matrix at that clock, 864 MB/s; 320 "
        "Kbytes of SRAM, 1 Mbyte of flash",
    ),
    Machine(
        name="nrf52840-int8",
        peak=2 * 64_000_000,
        bandwidth=4 * 64_000_000,
        bytes=1,
        memory=256 * 2**10,
        storage=2**20,
        source="Nordic nRF52840, product specification: one Cortex-M4 at 64 MHz; one SMLAD a cycle (its "
        "technical reference manual), so 2 MACs of INT8 widened to 16 bits; RAM over a 32-bit AHB, 256 MB/s; "
        "256 KB of RAM, 1 MB of flash",
    ),
)
"""Machines by falling peak, at the precision that each name ends in, FP32 where it has none.

Memories are built in powers of 2: a GB of one is 2^30 bytes whoever sells it (drivers report 81920 MiB of an
"80 GB"), a Kbyte 2^10. Rates are in powers of 10.
"""


MACHINE_NAMES = tuple(str(machine.name) for machine in MACHINES)


def machines_of(element_size: int) -> tuple[Machine, ...]:
    """Return the machines whose elements have that many bytes, by rising balance."""
    found = (machine for machine in MACHINES if machine.bytes == element_size)
    return tuple(sorted(found, key=lambda machine: machine.balance))


def find_machine(word: str, folder: str = "") -> Machine:
    """Return the machine of that name, or in that TOML file, whose path is relative to a folder.

    Raises QuantityError for a name that is not known, FileError for a file that holds no machine.

    >>> find_machine("raspberry-pi-5").peak
    76800000000
    """
    if ending(word) in ("toml", *EXPORTED):
        from sepcost.hardware.machine_file import read_machine

        return read_machine(os.path.join(folder, word))
    return by_name(word, MACHINES, _name, "a machine, nor a file that ends in .toml")


def _name(machine: Machine) -> str:
    return str(machine.name)
