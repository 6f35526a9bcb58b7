"""torch_molfield.transforms."""
