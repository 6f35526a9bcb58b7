"""torch_molfield.cli."""
