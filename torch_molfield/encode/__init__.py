"""Libraries of molecules to vectors, shard by shard on disk; codes of neural fields are in ``latent_encoders``."""

from torch_molfield.encode.encoders import ENCODERS, Encoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.shards import read_shards

__all__ = ["ENCODERS", "Encoder", "encode", "read_shards"]
