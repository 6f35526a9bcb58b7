"""Training: Lightning modules, one a task, and the fits of one network a trajectory or a frame; needs ``lightning``."""

from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness, psnr
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.fields.targets import FieldTarget, map_target, molecule_target
from torch_molfield.training.batches.clouds import SurfaceCloud, surface_cloud
from torch_molfield.training.engine.encoding_penalty import EncodingPenalty, encoding_penalties, set_penalties
from torch_molfield.training.engine.timed_task import TrainingDiverged
from torch_molfield.training.fits.autoencoder import fit_autoencoder
from torch_molfield.training.fits.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface
from torch_molfield.training.fits.molecular_field import fit_latent, fit_neural_field
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit, paper_fit, several_fit
from torch_molfield.training.fits.recipe import FieldRecipe
from torch_molfield.training.fits.surface import SurfaceFit, fit_surface
from torch_molfield.training.tasks.density import DensityTraining, train_density
from torch_molfield.training.tasks.density_task import DensityTask
from torch_molfield.training.tasks.forces import ForceFieldTraining, train_force_field
from torch_molfield.training.tasks.forces_task import ForceFieldTask
from torch_molfield.training.tasks.interpolation import InterpolationTraining, train_interpolation
from torch_molfield.training.tasks.motion import MotionTraining, train_motion
from torch_molfield.training.tasks.patches import train_patches
from torch_molfield.training.tasks.property import PropertyTraining, train_property
from torch_molfield.training.tasks.property_task import PropertyTask
from torch_molfield.training.tasks.qdf import QDFTraining, train_qdf
from torch_molfield.training.tasks.qdf_task import QDFTask
from torch_molfield.training.tasks.surface import SurfaceTraining, train_surface
from torch_molfield.training.tasks.surface_task import SurfaceTask

__all__ = [
    "DensityTask",
    "DensityTraining",
    "DynamicSurfaceFit",
    "EncodingPenalty",
    "FieldRecipe",
    "FieldTarget",
    "ForceFieldTask",
    "ForceFieldTraining",
    "InterpolationTraining",
    "MotionTraining",
    "NeuralFieldFit",
    "PropertyTask",
    "PropertyTraining",
    "QDFTask",
    "QDFTraining",
    "SurfaceCloud",
    "SurfaceFit",
    "SurfaceTask",
    "SurfaceTraining",
    "TrainingDiverged",
    "density_psnr",
    "encoding_penalties",
    "evaluate_densities",
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
    "set_penalties",
    "several_fit",
    "surface_cloud",
    "train_density",
    "train_force_field",
    "train_interpolation",
    "train_motion",
    "train_patches",
    "train_property",
    "train_qdf",
    "train_surface",
]
