"""Slots on a Dask cluster. Dask finds the workers, carries what goes to and fro and says who has died."""
