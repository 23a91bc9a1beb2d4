"""What the interface shows, as plain values without Textual."""
