"""A data source: 1,797 real digits of 8x8 pixels that come with scikit-learn (from UCI's optical digits)."""

from __future__ import annotations

from sklearn.datasets import load_digits

from xsample_tui.extension import Dataset, LabelledImages, validated


def digits8(source: str) -> Dataset:
    """Load the digits: 16 levels of grey, spread over 0..255."""
    images, labels = load_digits(return_X_y=True)
    levels = (images.reshape(-1, 8, 8) * 255 / 16).round().astype("uint8")
    return validated(source, LabelledImages(levels, labels, "scikit-learn's digits", "scikit-learn's labels"))
