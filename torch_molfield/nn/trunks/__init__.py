"""From atoms to features of atoms."""
