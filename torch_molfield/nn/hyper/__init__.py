"""From molecules to the weight tokens and parameters of functions."""
