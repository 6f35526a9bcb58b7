"""The interface of a trunk: a network from the atoms of molecules to features of each atom."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, cast, runtime_checkable

from torch import Tensor, nn

from torch_molfield.data.registry import Registry
from torch_molfield.nn.common.padding import Padding
from torch_molfield.nn.common.pair_memory import takes_all_pairs


class Trunk(Protocol):
    """The interface of a trunk, a network from atoms to features of each atom.

    A trunk maps ``(z [N], pos [N, 3], batch [N])`` to ``scalars [N, D]``, or to ``(scalars [N, D], vectors [N, V, 3])``
    with equivariant vectors.

    A trunk that users choose by name is a ``torch.nn.Module`` in :data:`TRUNKS` whose constructor takes ``(width,
    vectors, layers)`` by position: D, V and the number of rounds of messages. Other settings are keywords with
    defaults. If the constructor has ``cutoff`` (Å), ``radial`` (number of radial functions) or ``sources`` (channels
    that an atom sends), :class:`~torch_molfield.models.EnergyMolField` passes them on. For forces the features must be
    twice differentiable in ``pos``. :func:`torch_molfield.testing.trunk_errors` checks these requirements.

    Attributes:
        width: D.
        vectors: V; 0 for scalars alone.
    """

    width: int
    vectors: int

    def __call__(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return the features of the atoms; ``pos`` is in Å relative to each molecule's origin, ``batch`` is sorted."""


@runtime_checkable
class PaddedTrunk(Protocol):
    """Optional interface of a trunk: evaluation of padded molecules.

    No step may depend on values, so that the trunk can be traced and compiled
    (:class:`~torch_molfield.calculators.compiled.CompiledForces`).
    """

    def padded(self, z: Tensor, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of padded molecules.

        Args:
            z: ``[B, M]`` atomic numbers.
            x: ``[B, M, 3]`` Å, relative to each molecule's origin.
            mask: ``[B, M]``, true where there is an atom.

        Returns:
            scalars ``[B, M, D]`` and vectors ``[B, M, 3, V]``.
        """


@runtime_checkable
class SparseTrunk(Protocol):
    """Optional interface of a :class:`PaddedTrunk`: evaluation by neighbour lists.

    It is used for molecules for which all pairs of atoms would take too much time or memory.
    """

    def sparse(self, z: Tensor, x: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of the atoms.

        Args:
            z: ``[N]`` atomic numbers.
            x: ``[N, 3]`` Å, relative to each molecule's origin.
            batch: ``[N]`` sorted molecule of each atom.

        Returns:
            scalars ``[N, D]`` and vectors ``[N, 3, V]``.
        """


#: trunks by name; other packages add theirs by an entry point of this group
TRUNKS: Registry[type[nn.Module]] = Registry("trunk", "torch_molfield.trunks", nn.Module)


def make_trunk(name: str, width: int, vectors: int, layers: int, **settings: Any) -> Any:
    """Make a registered trunk.

    Args:
        name: a name in :data:`TRUNKS`.
        width: D, number of scalars per atom.
        vectors: V, number of vectors per atom.
        layers: rounds of messages.
        settings: further arguments of its constructor.

    Raises:
        ValueError: for a name that is not registered, a setting that this trunk does not have, or a module that does
            not have the attributes of a :class:`Trunk`.
    """
    cls = _registered(name)
    known = inspect.signature(cls).parameters
    for setting in settings:
        if setting not in known:
            raise ValueError(f"the trunk {name!r} has no setting {setting!r}; it has {', '.join(known)}.")
    trunk = cls(width, vectors, layers, **settings)
    check_trunk(trunk)
    return trunk


def trunk_defaults(name: str, *settings: str) -> dict[str, Any]:
    """Return the default values of those of the ``settings`` that a registered trunk has."""
    known = inspect.signature(_registered(name)).parameters
    return {setting: known[setting].default for setting in settings if setting in known}


def check_trunk(trunk: object) -> None:
    """Check that a module has the attributes of a :class:`Trunk`.

    Raises:
        ValueError: if ``width`` or ``vectors`` is missing or not an integer.
    """
    for name in ("width", "vectors"):
        if not isinstance(getattr(trunk, name, None), int):
            raise ValueError(
                f"the trunk has no integer attribute {name!r}; give it one (vectors = 0 for scalars alone)."
            )


def atom_features(trunk: nn.Module, z: Tensor, x: Tensor, padding: Padding) -> tuple[Tensor, Tensor]:
    """Return scalars ``[N, D]`` and vectors ``[N, 3, V]`` of the atoms of molecules, from any trunk.

    Args:
        trunk: a :class:`Trunk`. If it is a :class:`PaddedTrunk` its method ``padded`` is used, for large molecules
            ``sparse`` if it is also a :class:`SparseTrunk`.
        z: ``[N]`` atomic numbers.
        x: ``[N, 3]`` Å relative to each molecule's origin.
        padding: of the atoms into molecules.
    """
    if isinstance(trunk, SparseTrunk) and not takes_all_pairs(trunk, *padding.shape, x.device):
        return trunk.sparse(z, x, padding.owner)
    if isinstance(trunk, PaddedTrunk):
        h, v = trunk.padded(padding.pad(z), padding.pad(x), padding.mask())
        return padding.unpad(h), padding.unpad(v)
    features = trunk(z, x, padding.owner)
    if isinstance(features, tuple):
        return features[0], features[1].transpose(1, 2)
    return features, features.new_zeros(len(z), 3, cast(Trunk, trunk).vectors)


def _registered(name: str) -> type[nn.Module]:
    # Not every name that the registry can import: a trunk's name may come from a file of settings.
    if name not in TRUNKS:
        raise ValueError(f"trunk {name!r} is unknown; choose one of {', '.join(TRUNKS)}.")
    return TRUNKS.get(name)
