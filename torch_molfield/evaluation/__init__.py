"""Comparison of predictions with references: surfaces, densities, properties, forces and fields; without Lightning."""

from torch_molfield.evaluation.domain import measure_domain
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness
from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.evaluation.surfaces import evaluate_surfaces

__all__ = ["evaluate_surfaces", "grid_psnr", "measure_domain", "path_smoothness", "predict_molecules"]
