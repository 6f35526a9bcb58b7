"""Training: Lightning modules, one a task; needs ``lightning``."""

from torch_molfield.training.run import SurfaceTraining, train_surface
from torch_molfield.training.surface_task import SurfaceTask, TrainingDiverged

__all__ = ["SurfaceTask", "SurfaceTraining", "TrainingDiverged", "train_surface"]
