"""Logs of a sweep in the formats of other programs, written while it trains."""
