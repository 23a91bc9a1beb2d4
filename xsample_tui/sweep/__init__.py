"""The sweep: the controller that hands leases to workers, and the workers' side of it."""
