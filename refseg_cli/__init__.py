"""The application around refseg: commands, data readers, training and evaluation."""
