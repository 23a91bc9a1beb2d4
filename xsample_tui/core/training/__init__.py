"""What a sweep trains and how: its spec, its trials, their states and their checkpoints' format."""
