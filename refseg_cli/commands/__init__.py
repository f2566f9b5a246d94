"""One module a command: its signature, its help and one call into the engine."""
