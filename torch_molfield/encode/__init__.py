"""Encoding of libraries of molecules as vectors, written to disk in shards.

Codes of neural fields are in ``latent_encoders``.
"""

from torch_molfield.encode.encoders import ENCODERS, Encoder, load_encoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.library import encode_library
from torch_molfield.encode.ray_engine import RayEngine
from torch_molfield.encode.shards import iterate_shards, read_shards

__all__ = [
    "ENCODERS",
    "Encoder",
    "RayEngine",
    "encode",
    "encode_library",
    "iterate_shards",
    "load_encoder",
    "read_shards",
]
