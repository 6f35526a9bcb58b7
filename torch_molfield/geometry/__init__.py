"""torch_molfield.geometry."""
