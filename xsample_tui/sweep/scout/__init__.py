"""Trains a run's scout, a lease at a time, in a worker: by itself, or as a sweep's first step."""
