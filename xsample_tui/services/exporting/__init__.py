"""Writes what a run holds for other tools: tables, softmax outputs, models."""
