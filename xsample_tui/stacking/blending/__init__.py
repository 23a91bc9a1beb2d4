"""Combines the outputs of several models into one: blenders, scores and predictions."""
