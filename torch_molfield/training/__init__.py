"""torch_molfield.training."""
