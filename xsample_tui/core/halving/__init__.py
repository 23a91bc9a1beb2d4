"""Successive halving: which windows of a sweep are trained on, and which are parked at a rung."""
