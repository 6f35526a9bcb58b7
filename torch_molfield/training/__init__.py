"""Training: one function for all registered tasks, and fits of one network per object; needs ``lightning``."""

from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness, psnr
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.fields.targets import FieldTarget, map_target, molecule_target
from torch_molfield.training.batches.clouds import SurfaceCloud, surface_cloud
from torch_molfield.training.engine.encoding_penalty import EncodingPenalty, encoding_penalties, set_penalties
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import TASKS, Task, TrainingDiverged, find_task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.fits.autoencoder import fit_autoencoder
from torch_molfield.training.fits.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface
from torch_molfield.training.fits.loop import FitResult
from torch_molfield.training.fits.molecular_field import fit_latent, fit_neural_field
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit, paper_fit, several_fit
from torch_molfield.training.fits.recipe import FieldRecipe
from torch_molfield.training.fits.surface import SurfaceFit, fit_surface
from torch_molfield.training.tasks.density import DensityTask, DensityTraining, train_density
from torch_molfield.training.tasks.forces import ForceFieldTask, ForceFieldTraining, train_force_field
from torch_molfield.training.tasks.interpolation import InterpolationTask, InterpolationTraining, train_interpolation
from torch_molfield.training.tasks.motion import MotionTask, MotionTraining, train_motion
from torch_molfield.training.tasks.patches import PatchTask, PatchTraining, train_patches
from torch_molfield.training.tasks.property import PropertyTask, PropertyTraining, train_property
from torch_molfield.training.tasks.qdf import QDFTask, QDFTraining, train_qdf
from torch_molfield.training.tasks.surface import SurfaceTask, SurfaceTraining, train_surface

__all__ = [
    "TASKS",
    "DensityTask",
    "DensityTraining",
    "DynamicSurfaceFit",
    "EncodingPenalty",
    "FieldRecipe",
    "FieldTarget",
    "FitResult",
    "ForceFieldTask",
    "ForceFieldTraining",
    "InterpolationTask",
    "InterpolationTraining",
    "MotionTask",
    "MotionTraining",
    "NeuralFieldFit",
    "PatchTask",
    "PatchTraining",
    "PropertyTask",
    "PropertyTraining",
    "QDFTask",
    "QDFTraining",
    "SurfaceCloud",
    "SurfaceFit",
    "SurfaceTask",
    "SurfaceTraining",
    "Task",
    "TrainingDiverged",
    "TrainingSettings",
    "density_psnr",
    "encoding_penalties",
    "evaluate_densities",
    "find_task",
    "fit_autoencoder",
    "fit_dynamic_surface",
    "fit_latent",
    "fit_neural_field",
    "fit_surface",
    "force_errors",
    "grid_psnr",
    "map_target",
    "mean_errors",
    "molecule_target",
    "paper_fit",
    "path_smoothness",
    "predict_forces",
    "predict_properties",
    "psnr",
    "register_task",
    "set_penalties",
    "several_fit",
    "surface_cloud",
    "train",
    "train_density",
    "train_force_field",
    "train_interpolation",
    "train_motion",
    "train_patches",
    "train_property",
    "train_qdf",
    "train_surface",
]
