"""Generated molecules: stability, validity, novelty and distributions under named bond protocols."""

from torch_molfield.evaluation.generation.evaluate import evaluate_molecules
from torch_molfield.evaluation.generation.protocols import PROTOCOLS, BondProtocol
from torch_molfield.evaluation.generation.scores import GenerationScores

__all__ = ["PROTOCOLS", "BondProtocol", "GenerationScores", "evaluate_molecules"]
