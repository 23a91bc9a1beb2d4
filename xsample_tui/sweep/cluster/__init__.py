"""Runs leases on a Dask cluster: Dask finds the workers, transfers data and reports dead workers."""
