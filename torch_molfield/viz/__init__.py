"""torch_molfield.viz."""
