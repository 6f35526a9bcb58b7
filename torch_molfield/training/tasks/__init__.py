"""The training tasks, one module each; ``torch_molfield.training`` imports them and so registers them."""
