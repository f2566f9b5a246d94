"""Datasets on disk become samples: one photo, one sentence and the mask that the sentence names."""
