"""Encoding of libraries of molecules as vectors, written to disk in shards.

Codes of neural fields are in ``latent_encoders``.
"""

from torch_molfield.encode.encoders import ENCODERS, Encoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.shards import read_shards

__all__ = ["ENCODERS", "Encoder", "encode", "read_shards"]
