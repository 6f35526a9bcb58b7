"""Properties of molecules, read from the weight tokens of their generated function."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from torch import Tensor

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import DOMAIN_SCORE, Output, Target
from torch_molfield.data.setting_types import Size, SizeOrNone
from torch_molfield.data.validation import check_closed_shells
from torch_molfield.models.energy_molfield import EnergyMolField
from torch_molfield.models.molfield import MolField
from torch_molfield.models.on_field import TRUNK, OnField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.heads.properties import PropertyHeads
from torch_molfield.nn.heads.references import PropertyModel, References
from torch_molfield.nn.heads.training_domain import TrainingDomain
from torch_molfield.nn.hyper.encoder import Reading
from torch_molfield.nn.trunks.base import trunk_defaults


class PropertyMolField(PropertyModel, OnField):
    """Properties of molecules, read from the weight tokens of their generated function.

    ``model(z [N], pos [N, 3] Å, batch [N] | None, charge [B] | None) -> {name: values}`` (regression from pooled tokens
    as in arXiv 2601.22327; that the atoms read the tokens too is this project's).

    Scalars ``[B]`` are invariant to pose; vectors ``[B, 3]`` and tensors ``[B, 3, 3]`` rotate with the molecule, see
    :class:`~torch_molfield.nn.heads.properties.PropertyHeads`. Values are float64; references of the elements, mean and
    spread are added by :class:`~torch_molfield.nn.heads.references.References`, which training measures. Molecules of
    any size are accepted, also beyond the ``max_radius`` of the field, whose function is not evaluated.

    Args:
        targets: :class:`~torch_molfield.data.properties.Target` or its settings, for each property.
        queries: learned queries of the pooling; 0 takes the mean over tokens.
        atoms: whether each atom reads the tokens and contributes to the values.
        width: width of the heads' hidden layers.
        charges: whether values depend on the charge of the molecule (e), by terms of its references; the network itself
            does not receive the charge.
        domain: whether :meth:`predict` also gives the score ``domain`` of
            :class:`~torch_molfield.nn.heads.training_domain.TrainingDomain`, once it has been measured
            (:func:`~torch_molfield.evaluation.domain.measure_domain`).
        field: settings of the :class:`MolField` whose tokens are read.

    Raises:
        ValueError: for an unknown setting; when called, for malformed atoms, unknown elements, or, in eval mode, a
            molecule for which the values are not finite.
    """

    commands = ("evaluate", "predict", "encode")

    def __init__(
        self,
        targets: Sequence[Target | dict[str, Any]],
        *,
        queries: SizeOrNone = 4,
        atoms: bool = True,
        width: Size = 128,
        charges: bool = False,
        domain: bool = False,
        field: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_keys(MolField, field or {}, "the settings of the field")
        wanted = [target if isinstance(target, Target) else Target(**target) for target in targets]
        self.config = {
            "targets": [asdict(target) for target in wanted],
            "queries": queries,
            "atoms": atoms,
            "width": width,
            "charges": charges,
            "domain": domain,
            "field": field or {},
        }
        self.field = MolField(**(field or {}))
        hyper = self.field.encoder.hyper
        for emitter in (hyper.heads, hyper.base, hyper.atoms):
            # No property depends on what emits the parameters of the function.
            if emitter is not None:
                emitter.requires_grad_(False)
        settings = self.field.config
        self.heads = PropertyHeads(settings["width"], settings["heads"], width, wanted, queries, atoms)
        self.references = References(wanted, charges)
        self.domain = TrainingDomain(settings["width"]) if domain else None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The targets and, once it has been measured, the score ``domain``."""
        return super().outputs + (() if self.domain is None else (DOMAIN_SCORE,))

    @property
    def takes_charge(self) -> bool:
        """Whether values depend on the charge of the molecule."""
        return self.references.charges

    def check_charge(self, z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
        """Return the charges ``[B]`` e of checked atoms.

        See :func:`~torch_molfield.data.validation.check_closed_shells`.
        """
        return check_closed_shells(z, batch, charge)

    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        z, pos, batch = self.check(z, pos, batch)
        return self._values(self.field.encoder.read(z, pos, batch), z, batch, charge)

    def _values(self, reading: Reading, z: Tensor, batch: Tensor, charge: Tensor | None) -> dict[str, Tensor]:
        found = self.references(self.heads(reading), z, batch, charge)
        if not self.training:
            check_finite(found, batch)
        return found

    def predict(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        names: Collection[str] | None = None,
        charge: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Predict the outputs ``names``, by default all per molecule.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            names: of the outputs.
            charge: ``[B]`` e; 0 by default.
        """
        z, pos, batch = self.check(z, pos, batch)
        reading = self.field.encoder.read(z, pos, batch)
        found = self._values(reading, z, batch, charge)
        if self.domain is not None:
            found[DOMAIN_SCORE.name] = self.domain(reading.features, z, batch, len(reading.frames.origin))
        return {name: values for name, values in found.items() if names is None or name in names}

    def atom_features(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor | None = None) -> Tensor:
        """Return invariant features ``[N, D]`` of checked atoms; they do not depend on the charge."""
        return self.field.encoder.read(z, pos, batch).features

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` and ``batch [N]``.

        Raises:
            ValueError: for malformed atoms, or elements that the model does not know.
        """
        return self.field.check_known(z, pos, batch)


def field_of(model: MolField | PropertyMolField) -> MolField:
    """The field itself, or the one that properties are read from."""
    return model.field if isinstance(model, PropertyMolField) else model


def field_around_trunk(model: EnergyMolField, settings: dict[str, Any]) -> MolField:
    """A new field whose graph network is that of a model of energies; ``settings`` are the others of the
    :class:`MolField`.

    Raises:
        ValueError: for a trunk with settings that a field does not have.
    """
    own = model.config
    named = ("cutoff", "radial", "sources")
    defaults = trunk_defaults(own["trunk"], *named)
    if any(own.get(name, default) != default for name, default in defaults.items()):
        raise ValueError(f"the graph network of this model has other settings than a field's, which are {defaults}.")
    trunk = {"trunk": own["trunk"], "width": own["width"], "vectors": own["vectors"], "trunk_layers": own["layers"]}
    field = MolField(**{**settings, "elements": own["elements"], **trunk})
    field.load_state_dict({f"{TRUNK}{name}": rows for name, rows in model.trunk.state_dict().items()}, strict=False)
    return field
