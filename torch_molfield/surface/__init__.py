"""torch_molfield.surface."""
