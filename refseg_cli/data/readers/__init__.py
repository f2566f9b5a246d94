"""Reads each dataset from its original files; every reader gives samples of one kind."""
