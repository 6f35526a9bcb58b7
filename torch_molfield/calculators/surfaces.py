"""Surfaces and fields around the atoms of a calculator."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from torch_molfield.calculators.atoms import charge_of, to_tensors
from torch_molfield.evaluation.surfaces import learned_distance, mesh_learned
from torch_molfield.fields import ElectrostaticPotential, Field, FieldFunction, GridField, SignedDistanceField
from torch_molfield.models import ElectronDensityMolField, MolField
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.surface import Mesh, mesh_molecules

if TYPE_CHECKING:
    from ase import Atoms

#: the surfaces in closed form, the learned one, and that of any field at a level
EXACT = ("vdw", "sas", "ses")
KINDS = (*EXACT, "learned", "field")

#: a closed-form field, a grid, a model that gives a function of space, or ``(calculator, atoms)`` -> one of these
SurfaceField = Field | GridField | Pretrained | Callable[[Any, "Atoms"], Field | GridField]


def charge_potential(calculator: Any, atoms: Atoms) -> ElectrostaticPotential:
    """Return the electrostatic potential of the charges of a calculator, in V.

    It can be given to calculators as their ``field``.

    Raises:
        ValueError: for a calculator without charges.
    """
    if "charges" not in calculator.implemented_properties:
        raise ValueError("the calculator returns no charges, which the potential needs; take one such as tblite.")
    return ElectrostaticPotential(torch.from_numpy(np.array(calculator.get_property("charges", atoms), dtype=float)))


class SurfaceSource:
    """Base of calculators that give surfaces and fields around the atoms.

    Args:
        field: the field for ``kind="field"``: a closed-form :class:`~torch_molfield.fields.Field`, a grid, a model that
            gives a function of space, or a function of calculator and atoms that returns a field, such as
            :func:`charge_potential`. A :class:`~torch_molfield.models.MolField` of signed distances in Å is also used
            for ``kind="learned"``. Models are copied.

    Raises:
        ValueError: for a model or object that gives no function of space.
    """

    atoms: Atoms | None
    device: torch.device
    #: of models
    dtype: torch.dtype = torch.float32

    def __init__(self, field: SurfaceField | None) -> None:
        if isinstance(field, Pretrained) and "surface" in field.commands:
            field = copy.deepcopy(field).to(self.device, self.dtype).eval()
        elif not (field is None or isinstance(field, Field | GridField) or _is_function(field)):
            raise ValueError(f"the field is {type(field).__name__}, which gives no function of space of a molecule.")
        self.field = field

    def get_surface(
        self,
        atoms: Atoms | None = None,
        kind: str = "ses",
        spacing: float = 0.25,
        probe_radius: float = 1.4,
        level: float | None = None,
        channel: str | None = None,
    ) -> Mesh:
        """Return a closed surface of the molecule, with its area and volume.

        Args:
            atoms: by default those of the last calculation.
            kind: ``"vdw"``, ``"sas"`` or ``"ses"`` in closed form, ``"learned"``, or ``"field"``: where the field of
                the calculator has the value ``level``.
            spacing: of the lattice, Å.
            probe_radius: of the closed forms, Å.
            level: for ``"field"``, the value on the surface; optional only for signed distances.
            channel: for ``"field"``, the name of the channel if there are several.

        Returns:
            A :class:`~torch_molfield.surface.Mesh` in Å.

        Raises:
            ValueError: for an unknown kind or channel, a calculator without such a field, or a level that it does not
                reach.
        """
        asked = self._asked(atoms)
        z, pos, batch = to_tensors([asked], self.device)
        if kind == "learned":
            return mesh_learned(learned_distance(self._learned(), z, pos), spacing)[0]
        if kind == "field":
            function = self.get_function(asked)
            column = _column(function, channel)
            distance = function.slope(column, ascent=False) is not None
            if level is None and not distance:
                raise ValueError(
                    f"{function.channels[column]} ({function.units or 'no unit'}) has no surface of its own; give the "
                    "value on the surface as level=…."
                )
            # What is not a distance vanishes far away: inside is where it is beyond the level.
            ascent = not distance and float(level or 0.0) >= 0
            return function.to_mesh(level or 0.0, spacing, channel=column, ascent=ascent)
        return mesh_molecules(self._exact(kind, probe_radius), z, pos, batch, spacing)[0]

    @torch.no_grad()
    def get_field(
        self,
        atoms: Atoms | None,
        points: np.ndarray,
        kind: str | Field | GridField = "learned",
        probe_radius: float = 1.4,
    ) -> np.ndarray:
        """Return the values of a field around the molecule.

        Args:
            atoms: by default (``None``) those of the last calculation.
            points: ``[Q, 3]`` Å.
            kind: as in :meth:`get_surface`, or a closed-form field or grid.
            probe_radius: of the closed forms, Å.

        Returns:
            For a surface, the signed distance ``[Q]`` in Å, negative inside; the learned one is bounded far from the
                atoms (:class:`~torch_molfield.nn.inr.learned_distance.LearnedDistance`). For ``"field"`` or a given
                field, all its channels ``[Q, C]`` in its units.

        Raises:
            ValueError: for an unknown kind, or a calculator without such a field.
        """
        asked = self._asked(atoms)
        places = torch.as_tensor(np.asarray(points), dtype=torch.float64, device=self.device)
        if kind == "learned":
            z, pos, _ = to_tensors([asked], self.device)
            return learned_distance(self._learned(), z, pos)(places).cpu().numpy()
        function = self.get_function(asked, kind, probe_radius)
        values = function(places.to(function.places.dtype)).cpu().numpy()
        return values[:, 0] if isinstance(kind, str) and kind in EXACT else values

    def get_function(
        self, atoms: Atoms | None = None, kind: str | Field | GridField = "field", probe_radius: float = 1.4
    ) -> FieldFunction:
        """Return the field around the molecule as a :class:`~torch_molfield.fields.FieldFunction`.

        It has values, gradients, ``to_grid(spacing)`` and ``to_mesh(level, spacing)``; arguments and errors as in
        :meth:`get_field`.
        """
        asked = self._asked(atoms)
        z, pos, _ = to_tensors([asked], self.device)
        if not isinstance(kind, str):
            return kind.bind(z, pos)
        if kind not in ("field", "learned"):
            return self._exact(kind, probe_radius).bind(z, pos)
        field = self._given()
        if isinstance(field, ElectronDensityMolField):
            total = charge_of(asked, getattr(self, "charge", None))
            return field(z, pos, charge=torch.tensor([total], device=z.device)).detach()
        if isinstance(field, Pretrained):
            return field.function_of(z, pos).detach()
        return (field(self, asked) if _is_function(field) else field).bind(z, pos)

    def _asked(self, atoms: Atoms | None) -> Atoms:
        chosen = self.atoms if atoms is None else atoms
        if chosen is None:
            raise ValueError("there are no atoms yet; give atoms, or calculate an energy first.")
        return chosen

    def _given(self) -> Any:
        if self.field is None:
            raise ValueError(
                "this calculator has no field; make it with field=…, such as 'md-surfaces', or ask for a closed form."
            )
        return self.field

    def _learned(self) -> MolField:
        field = self._given()
        if not isinstance(field, MolField) or field.units != "Å":
            raise ValueError(
                f"the field ({type(field).__name__}) is not a distance in Å that MolField has learned; ask for "
                "kind='field' at a level."
            )
        return field

    def _exact(self, kind: str, probe_radius: float) -> SignedDistanceField:
        if kind not in EXACT:
            raise ValueError(f"kind {kind!r} is unknown; choose one of {', '.join(KINDS)}.")
        return SignedDistanceField(kind, probe_radius)


def _is_function(field: object) -> bool:
    return callable(field) and not isinstance(field, Field | GridField | torch.nn.Module | type)


def _column(function: FieldFunction, channel: str | None) -> int:
    if channel is None and len(function.channels) == 1:
        return 0
    if channel not in function.channels:
        given = "one is needed" if channel is None else f"not {channel!r}"
        raise ValueError(f"channel: choose one of {', '.join(function.channels)}, {given}.")
    return function.channels.index(channel)
