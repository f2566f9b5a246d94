"""RefShapes: a generated benchmark, in which every sentence is proved to name one thing only."""
