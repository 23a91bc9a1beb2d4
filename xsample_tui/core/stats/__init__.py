"""Statistics of trained networks: what differs by more than the seeds and the images explain."""
