"""Trains networks with TensorFlow. Only this package imports it; workers import it by name."""
