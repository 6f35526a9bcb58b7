"""Comparison of predictions with references: surfaces, densities, properties, forces and fields; without Lightning."""

from torch_molfield.evaluation.densities import evaluate_densities
from torch_molfield.evaluation.domain import measure_domain
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness, psnr
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.evaluation.surfaces import evaluate_surfaces

__all__ = [
    "evaluate_densities",
    "evaluate_surfaces",
    "force_errors",
    "grid_psnr",
    "mean_errors",
    "measure_domain",
    "path_smoothness",
    "predict_forces",
    "predict_molecules",
    "predict_properties",
    "psnr",
]
