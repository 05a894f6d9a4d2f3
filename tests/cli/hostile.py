"""Names that a file may hold, each with a meaning to some reader, and a network that bears them all."""

import json

from sepcost.core.errors import printable

HOSTILE = [
    "a|b [x](y) `c`",
    "[x]",
    "[/x]",
    "[bold red]",
    "*star*",
    "=cmd()",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\x1b[31mred\x1b[0m",
    "\x9b2J",
    "two\nlines\r\ttabs",
    "right\u202eleft",
    "<script>&lt;b&amp;",
    "$x^2$ ~y~ #z %n",
    "3x3 -> gamma >= 9*sqrt(2)",
    "\\textbf{a}\\",
    "::error::no",
    "漢字",
    "x" * 150,
]
SHOWN = [printable(name) for name in HOSTILE]
"""As every output has them: nothing that steers a terminal."""


def toml(names=HOSTILE, title="net"):
    """A network of one channel and 8 x 8 positions, with a layer of 8 * 9 weights or fewer for each name."""
    layers = (f"[[layer]]\nname = {json.dumps(name)}\nout = 8\nkernel = 3\n" for name in names)
    return f"name = {json.dumps(title)}\nchannels = 8\nsize = 8\n{''.join(layers)}"
