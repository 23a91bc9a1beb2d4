"""What extensions import: the types of masks, blenders, networks and data sources.

``docs/extensions.md`` says what each of the four is, and ``examples/extras`` is a package that brings one of each.

:data:`EXTENSION_API` is the version of this interface. It grows when something here changes so that an extension that
worked before would not; a package says which versions it was made for (``docs/extensions.md``).
"""

from __future__ import annotations

import warnings
from typing import Any

from .core.data.dataset import Dataset
from .core.errors import InputError
from .core.masks.mask_kinds import Canvas, Mask
from .core.masks.windows import Window
from .core.networks.network import Conv, Dense, Depthwise, Dropout, Flatten, GlobalPool, Network, Pool
from .core.plugin_registry import EXTENSION_API
from .datasets.labelled_images import LabelledImages, validated
from .stacking.blending.pooling import Arithmetic, Blender, Geometric, Pooling, Votes, Weighted
from .stacking.pool.member_outputs import Cut

__all__ = [
    "EXTENSION_API",
    "Arithmetic",
    "Blender",
    "Canvas",
    "Conv",
    "Cut",
    "Dataset",
    "Dense",
    "Depthwise",
    "Dropout",
    "Flatten",
    "Geometric",
    "GlobalPool",
    "InputError",
    "LabelledImages",
    "Mask",
    "Network",
    "Pool",
    "Pooling",
    "Votes",
    "Weighted",
    "Window",
    "validated",
]

_RENAMED = {"Recipe": "Pooling", "Split": "LabelledImages"}


def __getattr__(name: str) -> Any:
    """Return what had another name in 0.1.0, which goes in 0.3."""
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    new = _RENAMED[name]
    said = f"xsample_tui.extension.{name} is now {new}; the old name goes in 0.3"
    warnings.warn(said, DeprecationWarning, stacklevel=2)
    return globals()[new]
