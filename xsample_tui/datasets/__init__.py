"""Loads images from the demo, Keras's data sets, npz files, IDX folders and Kaggle folders."""

from __future__ import annotations

from .source_detection import load, origin

__all__ = ["load", "origin"]
