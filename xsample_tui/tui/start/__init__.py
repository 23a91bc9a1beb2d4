"""The start screen: the list of runs."""
