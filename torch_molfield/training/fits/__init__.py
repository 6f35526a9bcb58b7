"""Fits of one network per object."""
