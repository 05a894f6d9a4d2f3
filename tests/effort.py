"""How many cases a test tries: THOROUGH=10 in the environment makes it ten times as many."""

import os

THOROUGH = int(os.environ.get("THOROUGH", "1"))


def tries(few: int) -> int:
    """Return how many to try where few will do."""
    return few * THOROUGH
