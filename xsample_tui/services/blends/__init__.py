"""Blends of stored outputs: made, described, and written to files."""
