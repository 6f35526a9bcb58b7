"""Regularized positional encoding, and how it takes the place of a radial basis."""
