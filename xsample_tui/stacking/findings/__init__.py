"""What a finished run shows: its windows tested, its summary, its confirmation, and two runs compared."""
