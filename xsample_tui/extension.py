"""What extensions import: the types that masks, blenders, networks and data sources are made of.

``docs/extensions.md`` says what each of the four is, and ``examples/extras`` is a package that brings one of each.
"""

from __future__ import annotations

from .core.dataset import Dataset
from .core.errors import InputError
from .core.mask import Canvas, Mask
from .core.network import Conv, Dense, Dropout, Flatten, Network, Pool
from .core.window import Window
from .datasets.validate import Split, validated
from .stacking.outputs import Cut
from .stacking.recipe import Arithmetic, Blender, Geometric, Recipe, Votes, Weighted

__all__ = [
    "Arithmetic",
    "Blender",
    "Canvas",
    "Conv",
    "Cut",
    "Dataset",
    "Dense",
    "Dropout",
    "Flatten",
    "Geometric",
    "InputError",
    "Mask",
    "Network",
    "Pool",
    "Recipe",
    "Split",
    "Votes",
    "Weighted",
    "Window",
    "validated",
]
