"""Loads images from the demo, Keras's data sets, arrays, tables, IDX files and folders of images."""

from __future__ import annotations

from .source_detection import load, origin

__all__ = ["load", "origin"]
