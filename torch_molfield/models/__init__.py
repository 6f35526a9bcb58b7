"""torch_molfield.models."""
