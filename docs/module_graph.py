"""Draws which folders of the package import which, and counts: ``python docs/module_graph.py CHECKOUT FILE.svg``.

Imports inside of functions count, those for type checkers do not; ``__init__`` modules count as their folder.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from html import escape
from pathlib import Path

import grimp

PACKAGE = "xsample_tui"
# A box, a row of it, a module's square, and the room between boxes, in pixels.
_WIDTH, _ROW, _DOT, _ROOM = 270, 15, 5, 50
_ACROSS = 3
Arrows = Mapping[str, Set[str]]


def folder_of(module: str, packages: Set[str]) -> str:
    """Return the folder that a module lies in, as ``tui/heatmap``; the package's own is ``.``."""
    parts = module.split(".")[1:]
    folder = parts if module in packages else parts[:-1]
    return "/".join(folder) or "."


def strong(arrows: Arrows) -> list[set[str]]:
    """Return the groups of nodes that reach each other, groups of one left out."""
    reached = {node: _reach(node, arrows) for node in arrows}
    found: list[set[str]] = []
    for node, there in reached.items():
        group = {other for other in there if node in reached.get(other, ())} | {node}
        if len(group) > 1 and group not in found:
            found.append(group)
    return found


def _reach(start: str, arrows: Arrows) -> set[str]:
    found: set[str] = set()
    rest = [start]
    while rest:
        new = set(arrows.get(rest.pop(), ())) - found
        found |= new
        rest += new
    return found


def ranks(arrows: Arrows) -> dict[str, int]:
    """Return each node's layer, 0 for those that import no other; nodes of a cycle share one."""
    group = {node: frozenset({node}) for node in arrows} | {n: frozenset(g) for g in strong(arrows) for n in g}
    found: dict[frozenset[str], int] = {}

    def rank(one: frozenset[str]) -> int:
        if one not in found:
            below = {group[to] for node in one for to in arrows[node]} - {one}
            found[one] = 1 + max(map(rank, below), default=-1)
        return found[one]

    return {node: rank(group[node]) for node in arrows}


class ModuleGraph:
    """Who imports whom in a checkout.

    Args:
        checkout: the folder that holds the package.

    Attributes:
        modules: of each folder, how many.
        imports: of each module, which it imports; ``__init__`` stands for its folder.
        between: imports between two folders, by both.
    """

    def __init__(self, checkout: Path) -> None:
        sys.path.insert(0, str(checkout))
        graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
        place = checkout / PACKAGE
        packages = {
            module for module in graph.modules if (place / Path(*module.split(".")[1:]) / "__init__.py").exists()
        }
        self.modules = Counter(folder_of(module, packages) for module in graph.modules - packages)
        self.imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
        self.between = Counter(
            (folder_of(module, packages), folder_of(to, packages))
            for module, all_ in self.imports.items()
            for to in all_
        )

    def arrows(self, depth: int | None = None) -> dict[str, set[str]]:
        """Return which folders import which, cut to so many names; None for whole paths."""
        found: dict[str, set[str]] = {_cut(folder, depth): set() for folder in self.modules}
        for importer, imported in self.between:
            one, other = _cut(importer, depth), _cut(imported, depth)
            if one != other and "." not in (one, other):
                found.setdefault(one, set()).add(other)
        return found

    def numbers(self) -> dict[str, int]:
        """Return what can be counted."""
        folders, tops = self.arrows(), self.arrows(1)
        return {
            "modules": sum(self.modules.values()),
            "folders with modules": len(self.modules),
            "modules in the largest folder": max(self.modules.values()),
            "imports of one module by another": sum(map(len, self.imports.values())),
            "arrows between folders": sum(map(len, folders.values())),
            "arrows between packages": sum(map(len, tops.values())),
            "modules in cycles": sum(map(len, strong(self.imports))),
            "folders in cycles": sum(map(len, strong(folders))),
            "packages in cycles": sum(map(len, strong(tops))),
        }


def _cut(folder: str, depth: int | None) -> str:
    return "/".join(folder.split("/")[:depth])


def _rows(name: str, modules: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted((folder, count) for folder, count in modules.items() if _cut(folder, 1) == name)


def _lines(count: int) -> int:
    # Squares beside the name, in half rows.
    return max(1, math.ceil(count / _in_row() / 2))


def _in_row() -> int:
    return (_WIDTH - 152) // (_DOT + 2)


def _height(rows: Iterable[tuple[str, int]]) -> int:
    return 12 + sum(_ROW * _lines(count) for _, count in rows)


def draw(graph: ModuleGraph, title: str) -> str:
    """Return the graph as SVG: a box for each package, a row for each folder, a square for each module."""
    arrows = graph.arrows(1)
    arrows.pop(".", None)
    layer = ranks(arrows)
    weight: Counter[tuple[str, str]] = Counter()
    for (one, other), count in graph.between.items():
        weight[_cut(one, 1), _cut(other, 1)] += count
    spots: dict[str, tuple[float, float, float]] = {}
    top = 44.0
    for number in sorted(set(layer.values()), reverse=True):
        names = sorted(name for name in layer if layer[name] == number)
        for start in range(0, len(names), _ACROSS):
            row = names[start : start + _ACROSS]
            left = (_ACROSS - len(row)) * (_WIDTH + _ROOM) / 2 + 20 + (number % 2) * _ROOM / 2
            for at, name in enumerate(row):
                spots[name] = (left + at * (_WIDTH + _ROOM), top, _height(_rows(name, graph.modules)))
            top += max(spots[name][2] for name in row) + _ROOM
    width = _ACROSS * (_WIDTH + _ROOM) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top:.0f}"',
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{top:.0f}" fill="#fff"/><title>{escape(title)}</title>',
        "<style>.arrow { fill: none; stroke: #0b5cad; stroke-opacity: .45; marker-end: url(#tip) }</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        ' markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#0b5cad"/></marker></defs>',
        f'<text x="20" y="26" font-size="16">{escape(title)}</text>',
    ]
    for importer, others in arrows.items():
        x, y, high = spots[importer]
        for number, imported in enumerate(sorted(others, key=lambda name: spots[name][0])):
            to_x, to_y, to_high = spots[imported]
            down = to_y > y
            x1, y1 = x + _WIDTH * (number + 1) / (len(others) + 1), y + (high if down else 0)
            x2, y2 = to_x + _WIDTH / 2 + (x1 - to_x - _WIDTH / 2) / 12, to_y if down else to_y + to_high
            bend = max(30.0, abs(y2 - y1) / 2) * (1 if down else -1)
            way = f"M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
            thick = 0.6 + math.log2(1 + weight[importer, imported]) / 3
            parts.append(f'<path class="arrow" d="{way}" stroke-width="{thick:.1f}"/>')
    for name, (x, y, high) in spots.items():
        box = f'x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}" height="{high}"'
        parts.append(f'<rect {box} fill="#f6f8fa" stroke="#444" rx="4"/>')
        line = y + 16
        for folder, count in _rows(name, graph.modules):
            parts.append(f'<text x="{x + 8:.0f}" y="{line:.0f}">{escape(folder)} {count}</text>')
            for number in range(count):
                left = x + 150 + number % _in_row() * (_DOT + 2)
                parts.append(
                    f'<rect x="{left:.0f}" y="{line - 7 + number // _in_row() * _ROW / 2:.0f}" width="{_DOT}" '
                    f'height="{_DOT}" fill="#d0782a"/>'
                )
            line += _ROW * _lines(count)
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    """Draw a checkout, and print its numbers."""
    checkout, file, *title = sys.argv[1:]
    graph = ModuleGraph(Path(checkout))
    Path(file).write_text(draw(graph, " ".join(title) or "Which package imports which"))
    for name, count in graph.numbers().items():
        print(f"{name}: {count:,}")


if __name__ == "__main__":
    main()
