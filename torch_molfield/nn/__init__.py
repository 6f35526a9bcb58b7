"""torch_molfield.nn."""
