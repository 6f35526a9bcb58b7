"""Training: Lightning modules, one a task, and the fit of DSR; needs ``lightning``."""

from torch_molfield.training.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface
from torch_molfield.training.run import SurfaceTraining, train_surface
from torch_molfield.training.surface_task import SurfaceTask, TrainingDiverged
from torch_molfield.training.trajectory_clouds import SurfaceCloud, surface_cloud

__all__ = [
    "DynamicSurfaceFit",
    "SurfaceCloud",
    "SurfaceTask",
    "SurfaceTraining",
    "TrainingDiverged",
    "fit_dynamic_surface",
    "surface_cloud",
    "train_surface",
]
