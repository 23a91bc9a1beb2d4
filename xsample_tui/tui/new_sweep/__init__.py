"""The form for a new sweep."""
