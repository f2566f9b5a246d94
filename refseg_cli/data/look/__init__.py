"""Looks at datasets: what is there, how much of it, and what it looks like."""
