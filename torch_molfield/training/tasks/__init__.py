"""The training tasks, one module each; importing this registers them."""

import torch_molfield.training.tasks.density
import torch_molfield.training.tasks.electron_density
import torch_molfield.training.tasks.forces
import torch_molfield.training.tasks.generator
import torch_molfield.training.tasks.interpolation
import torch_molfield.training.tasks.motion
import torch_molfield.training.tasks.patches
import torch_molfield.training.tasks.property
import torch_molfield.training.tasks.qdf
import torch_molfield.training.tasks.surface  # noqa: F401
from torch_molfield.training.engine.task import TASKS, Task, register_task

__all__ = ["TASKS", "Task", "find_task", "register_task"]


def find_task(name: str) -> type[Task]:
    """The task of a registered name, or of ``module:Class``.

    Raises:
        ValueError: for a name that is none of these.
    """
    return TASKS.get(name)
