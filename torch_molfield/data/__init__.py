"""torch_molfield.data."""
