"""From features and tokens to properties, charges and energies."""
