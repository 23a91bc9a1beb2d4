"""Worker processes: how each is started, watched and given up."""
