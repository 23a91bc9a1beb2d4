"""The run store: what a run keeps on disk, and how it gets there whole."""
