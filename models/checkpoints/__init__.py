"""The checkpoints that travel with the package, so that prediction works right after installation."""
