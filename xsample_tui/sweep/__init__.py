"""Trains a sweep: the controller that gives leases to workers, and the workers."""
