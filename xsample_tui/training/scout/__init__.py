"""Trains a network under a window for each image, and evaluates it under every window."""
