"""A run in the browser: the server, its page, and a read-only viewer process per browser."""
