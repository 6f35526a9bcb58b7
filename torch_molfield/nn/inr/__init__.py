"""Implicit neural representations."""
