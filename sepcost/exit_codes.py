"""How a run ends, as a shell sees it."""

OK = 0
NOT_HELD = 1
"""A budget or saving is not held, and nothing else is wrong."""

WRONG = 2
"""Wrong usage, or input that cannot be read or trusted."""

INTERRUPTED = 130
READER_GONE = 141
