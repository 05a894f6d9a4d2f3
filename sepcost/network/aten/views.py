"""Which tensors show the same elements, so that what is written over one of them is in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sepcost.network.aten.calls import Call
from sepcost.network.operators import named

_VIEWS = frozenset(
    f"aten.{name}"
    for name in named("""
    alias as_strided atleast_1d atleast_2d atleast_3d broadcast_to chunk contiguous detach diagonal expand
    expand_as flatten hsplit imag lift_fresh movedim moveaxis narrow numpy_T permute positive ravel real
    reshape reshape_as resolve_conj select slice split split_with_sizes squeeze swapaxes swapdims t
    tensor_split to transpose type_as unbind unflatten unfold unsqueeze view view_as view_as_complex
    view_as_real vsplit
    """)
)
"""Operators whose result is, or may be, their first tensor in another shape."""


class Views:
    """Tensors by the one whose elements they show."""

    def __init__(self) -> None:
        self._root: dict[str, str] = {}
        self._showing: defaultdict[str, list[str]] = defaultdict(list)

    def follow(self, call: Call, reads: Sequence[str]) -> None:
        """Record what a call returns, where that shows what it reads: a view does, and a call in place."""
        if reads and (call.in_place or call.operator in _VIEWS):
            root = self._root.get(reads[0], reads[0])
            self._root |= dict.fromkeys(call.outputs, root)
            self._showing[root] += call.outputs

    def of(self, name: str) -> list[str]:
        """Return all tensors so far that show the elements that one shows, it among them."""
        root = self._root.get(name, name)
        return [root, *self._showing[root]]
