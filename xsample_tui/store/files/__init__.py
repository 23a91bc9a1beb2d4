"""Writes files completely or not at all."""
