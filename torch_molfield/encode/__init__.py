"""Libraries of molecules to vectors, shard by shard on disk; codes of neural fields are in ``latent_encoders``."""

from torch_molfield.encode.encoders import ENCODERS, Encoder, FeatureEncoder, TokenEncoder, load_encoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.identity import model_identity
from torch_molfield.encode.job_part import JobPart
from torch_molfield.encode.library import encode_library
from torch_molfield.encode.outcome import tell_outcome
from torch_molfield.encode.predictions import PredictionEncoder
from torch_molfield.encode.ray_engine import RayEngine
from torch_molfield.encode.shards import iterate_shards, read_shards

__all__ = [
    "ENCODERS",
    "Encoder",
    "FeatureEncoder",
    "JobPart",
    "PredictionEncoder",
    "RayEngine",
    "TokenEncoder",
    "encode",
    "encode_library",
    "iterate_shards",
    "load_encoder",
    "model_identity",
    "read_shards",
    "tell_outcome",
]
