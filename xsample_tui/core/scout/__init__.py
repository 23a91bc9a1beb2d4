"""The scout: one network trained under all of a sweep's masks in turn, and what it lets one expect of each window."""
