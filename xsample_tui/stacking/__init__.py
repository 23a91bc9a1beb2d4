"""Blends of stored softmax outputs, and the statistics that evaluate them. Nothing here trains."""
