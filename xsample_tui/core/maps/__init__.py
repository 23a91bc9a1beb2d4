"""Maps over the image: importance pixel by pixel, and gains smoothed over neighbouring windows."""
