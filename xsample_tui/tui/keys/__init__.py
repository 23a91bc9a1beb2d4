"""Keys: where they are declared, how a file changes them, and the line that shows them."""
