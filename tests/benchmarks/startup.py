"""What the short commands cost beyond starting Python with the libraries that they need.

Run from the repository, sepcost installed: python -m tests.benchmarks.startup [RUNS]
"""

from __future__ import annotations

import sys

from tests.benchmarks.ratio import SEPCOST, Row, away_from_the_sources, importing, main

LAYER = ("--no", "64", "--ni", "64", "-k", "3")
ROWS = (
    Row(
        "compare -f json",
        floor=importing("click"),
        ours=[SEPCOST, "compare", *LAYER, "-f", "json"],
        at_most=1.3,
    ),
    Row(
        "compare, table on a terminal",
        floor=importing("click, rich.table"),
        ours=[SEPCOST, "compare", *LAYER],
        at_most=1.3,
        on_terminal=True,
    ),
    Row(
        "breakeven",
        floor=importing("click, sympy"),
        ours=[SEPCOST, "breakeven", "--gamma", "4"],
        at_most=1.3,
    ),
)

if __name__ == "__main__":
    away_from_the_sources()
    sys.exit(main(ROWS))
