"""A run in the browser: the server and its page."""
