"""The training tasks, one module each."""
