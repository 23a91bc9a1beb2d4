"""Stacking: blends of stored softmax outputs, and the statistics that judge them. Nothing here trains."""
