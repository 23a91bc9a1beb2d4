"""Windows of an image, and the masks that keep or hide them."""
