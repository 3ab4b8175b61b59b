"""Paths by their last part, then by the folders before it, so that looking one up is no search."""

from __future__ import annotations

from collections.abc import Iterable

ENOUGH = 2
"""So many names are kept at a node: more than one is all that anybody asks."""
DEEPEST = 64
"""So many parts of a path are compared."""


class NameTree:
    """What paths stand for, found by how far they agree from the end.

    Args:
        items: paths with forward slashes, and the name each stands for.
    """

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._root = _Node()
        for path, name in items:
            node = self._root
            for part in _parts(path):
                node = node.inside.setdefault(part, _Node())
                if len(node.names) < ENOUGH:
                    node.names.append(name)

    def find(self, path: str) -> list[str]:
        """Up to two names of those whose paths agree with ``path`` farthest; none if none ends so.

        The last part must agree.
        """
        node, empty = self._root, True
        for part in _parts(path):
            inner = node.inside.get(part)
            if inner is None:
                break
            node, empty = inner, False
        return [] if empty else list(node.names)


class _Node:
    __slots__ = ("inside", "names")

    def __init__(self) -> None:
        self.names: list[str] = []
        self.inside: dict[str, _Node] = {}


def _parts(path: str) -> list[str]:
    """From the last to the first."""
    parts = path.rsplit("/", DEEPEST)[::-1]
    return parts[:DEEPEST]
