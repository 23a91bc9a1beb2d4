"""What is done with a run that exists: its scout, its workers, what is added to it."""
