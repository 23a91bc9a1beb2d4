"""Where pictures come from: one ``load`` for the demo, Keras's sets, npz files, IDX and Kaggle folders."""

from __future__ import annotations

from .source import load, origin

__all__ = ["load", "origin"]
