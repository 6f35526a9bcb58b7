"""torch_molfield.fields."""
