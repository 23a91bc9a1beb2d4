"""Gauges of the machine that trains: processor, memory, disk, GPUs and images a second."""
