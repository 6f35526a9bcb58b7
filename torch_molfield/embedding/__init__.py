"""Coordinates from a molecular graph: RDKit's embedding and force fields, and GFN2-xTB, without torch."""

from torch_molfield.embedding.process import embed_in_process

__all__ = ["embed_in_process"]
