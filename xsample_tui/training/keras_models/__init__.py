"""Trains Keras models as plain state: made from a config, seeded by stream, checked for determinism."""
