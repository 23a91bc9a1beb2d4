"""The compare screen: two runs side by side."""
