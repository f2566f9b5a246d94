"""Makes referring phrases from instance masks."""
