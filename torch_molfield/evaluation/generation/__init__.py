"""Evaluation of generated molecules: stability, validity, novelty and distributions, by named bond protocols."""

from torch_molfield.evaluation.generation.evaluate import check_names, evaluate_molecules
from torch_molfield.evaluation.generation.measures import MEASURES, Measure
from torch_molfield.evaluation.generation.protocols import PROTOCOLS, BondProtocol
from torch_molfield.evaluation.generation.relaxation import RELAXERS, Relaxer
from torch_molfield.evaluation.generation.scores import GenerationScores
from torch_molfield.evaluation.generation.survey import Missing

__all__ = [
    "MEASURES",
    "PROTOCOLS",
    "RELAXERS",
    "BondProtocol",
    "GenerationScores",
    "Measure",
    "Missing",
    "Relaxer",
    "check_names",
    "evaluate_molecules",
]
