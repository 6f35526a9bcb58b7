"""torch_molfield.testing."""
