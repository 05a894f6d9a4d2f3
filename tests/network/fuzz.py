"""How often a test of damaged files tries another: FUZZ=10 in the environment makes it ten times as often."""

import os


def turns(few):
    """Numbers of turns."""
    return range(few * int(os.environ.get("FUZZ", "1")))
