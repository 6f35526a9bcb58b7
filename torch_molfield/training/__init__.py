"""Training: one function for all registered tasks, and fits of one network per object.

Names are imported when they are first used: the fits do not need ``lightning``, which takes seconds to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch_molfield.fields.targets import map_target, molecule_target
    from torch_molfield.training.batches.clouds import surface_cloud
    from torch_molfield.training.engine.encoding_penalty import EncodingPenalty, encoding_penalties, set_penalties
    from torch_molfield.training.engine.settings import TrainingSettings
    from torch_molfield.training.engine.train import train
    from torch_molfield.training.fits.autoencoder import fit_autoencoder
    from torch_molfield.training.fits.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface
    from torch_molfield.training.fits.molecular_field import fit_latent, fit_neural_field
    from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit
    from torch_molfield.training.fits.recipe import FieldRecipe
    from torch_molfield.training.fits.surface import SurfaceFit, fit_surface
    from torch_molfield.training.tasks import TASKS, Task, register_task
    from torch_molfield.training.tasks.density import DensityTask, DensityTraining
    from torch_molfield.training.tasks.forces import ForceFieldTraining, train_force_field
    from torch_molfield.training.tasks.interpolation import InterpolationTraining, train_interpolation
    from torch_molfield.training.tasks.motion import MotionTraining, train_motion
    from torch_molfield.training.tasks.patches import train_patches
    from torch_molfield.training.tasks.property import PropertyTraining, train_property
    from torch_molfield.training.tasks.qdf import QDFTraining, train_qdf
    from torch_molfield.training.tasks.surface import SurfaceTask, SurfaceTraining, train_surface

#: modules below ``torch_molfield``, and what of them is offered here
_NAMES: dict[str, tuple[str, ...]] = {
    "fields.targets": (
        "map_target",
        "molecule_target",
    ),
    "training.batches.clouds": ("surface_cloud",),
    "training.engine.encoding_penalty": (
        "EncodingPenalty",
        "encoding_penalties",
        "set_penalties",
    ),
    "training.engine.settings": ("TrainingSettings",),
    "training.engine.train": ("train",),
    "training.fits.autoencoder": ("fit_autoencoder",),
    "training.fits.dynamic_surface": (
        "DynamicSurfaceFit",
        "fit_dynamic_surface",
    ),
    "training.fits.molecular_field": (
        "fit_latent",
        "fit_neural_field",
    ),
    "training.fits.neural_field_settings": ("NeuralFieldFit",),
    "training.fits.recipe": ("FieldRecipe",),
    "training.fits.surface": (
        "SurfaceFit",
        "fit_surface",
    ),
    "training.tasks": (
        "TASKS",
        "Task",
        "register_task",
    ),
    "training.tasks.density": (
        "DensityTask",
        "DensityTraining",
    ),
    "training.tasks.forces": (
        "ForceFieldTraining",
        "train_force_field",
    ),
    "training.tasks.interpolation": (
        "InterpolationTraining",
        "train_interpolation",
    ),
    "training.tasks.motion": (
        "MotionTraining",
        "train_motion",
    ),
    "training.tasks.patches": ("train_patches",),
    "training.tasks.property": (
        "PropertyTraining",
        "train_property",
    ),
    "training.tasks.qdf": (
        "QDFTraining",
        "train_qdf",
    ),
    "training.tasks.surface": (
        "SurfaceTask",
        "SurfaceTraining",
        "train_surface",
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "TASKS",
    "DensityTask",
    "DensityTraining",
    "DynamicSurfaceFit",
    "EncodingPenalty",
    "FieldRecipe",
    "ForceFieldTraining",
    "InterpolationTraining",
    "MotionTraining",
    "NeuralFieldFit",
    "PropertyTraining",
    "QDFTraining",
    "SurfaceFit",
    "SurfaceTask",
    "SurfaceTraining",
    "Task",
    "TrainingSettings",
    "encoding_penalties",
    "fit_autoencoder",
    "fit_dynamic_surface",
    "fit_latent",
    "fit_neural_field",
    "fit_surface",
    "map_target",
    "molecule_target",
    "register_task",
    "set_penalties",
    "surface_cloud",
    "train",
    "train_force_field",
    "train_interpolation",
    "train_motion",
    "train_patches",
    "train_property",
    "train_qdf",
    "train_surface",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.")
    return getattr(import_module(f"torch_molfield.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
