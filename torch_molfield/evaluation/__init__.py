"""Predictions compared with references: surfaces, densities, properties, forces and fields; without Lightning."""

from torch_molfield.evaluation.densities import EvaluatedDensity, density_psnr, evaluate_densities
from torch_molfield.evaluation.domain import measure_domain
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness, psnr
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.evaluation.properties import mean_errors, predict_properties, predict_references
from torch_molfield.evaluation.surfaces import EvaluatedSurface, evaluate_surfaces, learned_distance, mesh_learned

__all__ = [
    "EvaluatedDensity",
    "EvaluatedSurface",
    "density_psnr",
    "evaluate_densities",
    "evaluate_surfaces",
    "force_errors",
    "grid_psnr",
    "learned_distance",
    "mean_errors",
    "measure_domain",
    "mesh_learned",
    "path_smoothness",
    "predict_forces",
    "predict_molecules",
    "predict_properties",
    "predict_references",
    "psnr",
]
