"""One mask kind, one blender, one network and one data source for xsample-tui."""
