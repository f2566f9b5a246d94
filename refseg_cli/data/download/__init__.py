"""Fetches datasets and weights, verified."""
