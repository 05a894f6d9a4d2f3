"""The units that amounts are scaled by: prefixes of counts and of bytes, and times."""

from __future__ import annotations

SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
"""The prefixes of counts and of rates, powers of 1000."""

BINARY_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
"""The further prefixes for bytes of memory."""

BYTE_UNITS = {f"{unit}{b}": scale for unit, scale in (SUFFIXES | BINARY_SUFFIXES).items() for b in ("", "B")}
"""How bytes are scaled: k or kB, Ki or KiB."""

TIME_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""The units of time that are read, and how many of each are a second."""
