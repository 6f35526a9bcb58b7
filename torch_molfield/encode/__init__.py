"""Libraries of molecules to vectors, shard by shard on disk; codes of neural fields are in ``latent_encoders``."""

from torch_molfield.encode.encoders import Encoder, TokenEncoder
from torch_molfield.encode.identity import model_identity
from torch_molfield.encode.library import encode, encode_library
from torch_molfield.encode.shards import iterate_shards, read_shards

__all__ = ["Encoder", "TokenEncoder", "encode", "encode_library", "iterate_shards", "model_identity", "read_shards"]
