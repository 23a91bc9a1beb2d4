"""Compares two runs: which differences are larger than noise, and the sentences that say so."""
