"""The connection of the interface to a run: events, status, requests and training."""
