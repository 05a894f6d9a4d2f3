"""The tensors that a file holds: under unique names, each in the role of its first use."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from sepcost.network.model import Parameter
from sepcost.network.names import clean_name, unique_names

Key = TypeVar("Key", bound=Hashable)
"""What a reader knows a tensor by."""


class Parameters(Generic[Key]):
    """The parameters of a network in the making."""

    def __init__(self) -> None:
        self._names: dict[Key, tuple[str, ...]] = {}
        self._by_name: dict[str, Parameter] = {}
        self._claimed: set[str] = set()
        self._unique = unique_names()

    def hold(self, key: Key, parameter: Parameter) -> None:
        """Record a tensor; what is recorded later under the same key has no role but its own."""
        own = self._unique(clean_name(parameter.name))
        self._by_name[own] = parameter._replace(name=own)
        self._names[key] = (*self._names.get(key, ()), own)

    def share(self, key: Key, other: Key) -> None:
        """Let a key stand for what another one does."""
        self._names[key] = self._names[other]

    def claim(self, keys: Iterable[Key], role: str) -> None:
        """Give a role to some of them; the first use decides."""
        for key in keys:
            name = self._names[key][0]
            if name not in self._claimed:
                self._claimed.add(name)
                self._by_name[name] = self._by_name[name]._replace(role=role)

    @property
    def all(self) -> tuple[Parameter, ...]:
        """Every one, in the order of the file."""
        return tuple(self._by_name.values())

    def get(self, key: Key) -> Parameter | None:
        """Return the parameter of a key, None where that is none's own."""
        return self._by_name[self._names[key][0]] if key in self._names else None

    def names(self, keys: Iterable[Key]) -> tuple[str, ...]:
        """Return the names of some of them, each once."""
        return tuple(dict.fromkeys(name for key in keys for name in self._names[key]))
