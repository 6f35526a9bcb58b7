"""MolField in time: the field at a later time from one geometry and its velocities."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import Positive, Size, SizeOrNone
from torch_molfield.data.validation import check_atoms
from torch_molfield.models.molfield import MolField
from torch_molfield.models.on_field import OnField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.dynamics.propagator import Motion, Propagator
from torch_molfield.nn.inr.neural_field import NeuralField


class MovingMolField(OnField):
    """The field f(x, t) of a molecule at later times, from one geometry and its velocities.

    A :class:`~torch_molfield.nn.dynamics.propagator.Propagator` predicts the positions of the atoms at time t, a
    :class:`MolField` their field. Time thus enters through the positions, not through the INR. Invariant to pose as
    MolField is: results are in the coordinates of the caller.

    Args:
        horizon: fs; the longest time for which the motion is predicted.
        width, vectors, layers: of the propagator's trunk.
        field: settings of the MolField.

    Raises:
        ValueError: for an unknown setting of the field; when called, for malformed atoms, velocities or times.
    """

    commands = ("evaluate", "surface")

    def __init__(
        self,
        *,
        horizon: Positive = 400.0,
        width: Size = 128,
        vectors: Size = 32,
        layers: SizeOrNone = 3,
        field: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_keys(MolField, field or {}, "the settings of the field")
        self.config = {"horizon": horizon, "width": width, "vectors": vectors, "layers": layers, "field": field or {}}
        self.propagator = Propagator(width, vectors, layers, horizon)
        self.field = MolField(**(field or {}))

    def motion(self, z: Tensor, pos: Tensor, velocity: Tensor, batch: Tensor | None = None) -> Motion:
        """Return the positions of the atoms at later times; get them by ``motion.at(time)``.

        Arguments as in :meth:`forward`.
        """
        z, pos, batch = check_atoms(z, pos, batch)
        if velocity.shape != pos.shape:
            raise ValueError(
                f"velocity has shape {tuple(velocity.shape)}, expected {tuple(pos.shape)} as the positions."
            )
        dtype = self.propagator.head.weight.dtype
        return self.propagator(z, pos.to(dtype), velocity.to(dtype), batch)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the field."""
        return self.field.outputs

    def function_of(self, z: Tensor, pos: Tensor) -> NeuralField:
        """Return the field at time 0, where it depends on that geometry alone."""
        return self.field(z, pos)

    def forward(
        self, z: Tensor, pos: Tensor, velocity: Tensor, time: Tensor, batch: Tensor | None = None
    ) -> NeuralField:
        """Return the fields at ``time``.

        Args:
            z: ``[N]`` atomic numbers.
            pos, velocity: ``[N, 3]`` Å and Å/fs at time 0.
            time: ``[B]`` fs.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.

        Raises:
            ValueError: for malformed atoms, or ``velocity`` or ``time`` of another shape.
        """
        motion = self.motion(z, pos, velocity, batch)
        if time.shape != motion.drift.shape[:1]:
            raise ValueError(
                f"time has shape {tuple(time.shape)}; give one time for each of {len(motion.drift)} molecules."
            )
        return self.field(z, motion.at(time), motion.batch)
