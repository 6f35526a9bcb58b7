"""Structures of organic molecules and their GFN2-xTB labels, for make_organic_conformers.py."""
