"""Trains a sweep rung by rung where it is asked for: windows wait at a rung until it is decided."""
