"""The tensors that a file holds, by its keys: under unique names, each in the role of its first use."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from sepcost.network.model import Parameter
from sepcost.network.names import clean_name, unique_names
from sepcost.network.provenance import Provenance
from sepcost.network.shape_rules import Shape


class Parameters:
    """The parameters of a network in the making."""

    def __init__(self, origin: Provenance) -> None:
        self._origin = origin
        self._by_key: dict[str, Parameter] = {}
        self._claimed: set[str] = set()
        self._unique = unique_names()

    def hold(
        self, key: str, shape: Shape | None, bits: int | None, role: str, name: str, elements: int | None
    ) -> None:
        """Record a tensor; elements: how many it holds, None for as many as its shape has."""
        own = self._unique(clean_name(name))
        if elements is None:
            elements = 0 if shape is None else prod(shape)
        self._by_key[key] = Parameter(own, elements, role, bits)
        self._origin.hold(key, shape, elements)

    def claim(self, key: str, role: str) -> None:
        """Give a role to the parameters behind a held tensor; the first use decides."""
        for one in self._origin.behind(key):
            if one not in self._claimed:
                self._claimed.add(one)
                self._by_key[one] = self._by_key[one]._replace(role=role)

    @property
    def all(self) -> tuple[Parameter, ...]:
        """Every one, in the order of the file."""
        return tuple(self._by_key.values())

    def get(self, key: str) -> Parameter | None:
        """Return the parameter of a key, None where that is none's own."""
        return self._by_key.get(key)

    def behind(self, key: str) -> Parameter:
        """Return the parameter that a held tensor is, or the largest that it is made of."""
        return self._by_key[self._origin.held[key].parameters[0]]

    def names(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the names of those that tensors are, or are made of."""
        held = (self._origin.held[key] for key in keys if key in self._origin.held)
        return tuple(
            self._by_key[key].name for key in dict.fromkeys(key for one in held for key in one.parameters)
        )
