"""What happens in a run while it trains: events, requests, progress and the time left."""
