"""The sweep screen: one run, watched and controlled."""
