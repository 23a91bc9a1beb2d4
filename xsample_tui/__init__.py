"""xsample-tui: which part of the picture does a network need, and does blending across parts help?"""

__version__ = "0.1.0"
