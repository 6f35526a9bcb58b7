"""Motion of atoms in time."""
