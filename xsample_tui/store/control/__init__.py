"""How a controller and its viewers share a run: lock, heartbeat, event log, requests."""
