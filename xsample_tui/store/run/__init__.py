"""A run's folder: its spec, its images, its trials and their checkpoints."""
