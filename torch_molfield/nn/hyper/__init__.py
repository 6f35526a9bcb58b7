"""Hyper-networks: from molecules to weight tokens and the parameters of functions."""
