"""Images and labels, how they are split, and where their pixel mass lies."""
