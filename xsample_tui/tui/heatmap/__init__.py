"""The heat map: every window at its place, and the image pixel by pixel."""
