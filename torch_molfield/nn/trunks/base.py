"""What a trunk is: a network from the atoms of molecules to features of each atom."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, cast, runtime_checkable

from torch import Tensor, nn

from torch_molfield.data.registry import Registry
from torch_molfield.nn.common.padding import Padding
from torch_molfield.nn.common.pair_memory import takes_all_pairs


class Trunk(Protocol):
    """What a module must offer to be a trunk: ``(z [N], pos [N, 3], batch [N]) → scalars [N, D]``, or
    ``(scalars [N, D], vectors [N, V, 3])`` with equivariant vectors.

    A trunk that users choose by name is a ``torch.nn.Module`` in :data:`TRUNKS` whose constructor takes
    ``(width, vectors, layers)`` by position: D, V and the number of rounds of messages. Other settings are keywords
    with defaults; ``cutoff`` (Å), ``radial`` (number of radial functions) and ``sources`` (channels that an atom
    sends) are passed on by :class:`~torch_molfield.models.EnergyMolField` where the constructor has them. For forces
    the features must be twice differentiable in ``pos``. :func:`torch_molfield.testing.trunk_errors` checks the
    contract.

    Attributes:
        width: D.
        vectors: V; 0 for scalars alone.
    """

    width: int
    vectors: int

    def __call__(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Features of the atoms; ``pos`` in Å relative to each molecule's origin, ``batch`` sorted."""


@runtime_checkable
class PaddedTrunk(Protocol):
    """What a trunk may offer beside: the same of padded molecules, with no step that depends on values, so that it can
    be traced and compiled (:class:`~torch_molfield.calculators.compiled.CompiledForces`)."""

    def padded(self, z: Tensor, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """``z [B, M]``, ``x [B, M, 3]`` Å and ``mask [B, M]``, true where there is an atom, to scalars ``[B, M, D]``
        and vectors ``[B, M, 3, V]``."""


@runtime_checkable
class SparseTrunk(Protocol):
    """What a :class:`PaddedTrunk` may offer beside: the same by lists of neighbours, for molecules whose pairs would
    take too much time or memory."""

    def sparse(self, z: Tensor, x: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """``z [N]``, ``x [N, 3]`` Å and ``batch [N]`` to scalars ``[N, D]`` and vectors ``[N, 3, V]``."""


#: trunks by name; those of other packages by entry points of this group
TRUNKS: Registry[type[nn.Module]] = Registry("trunk", "torch_molfield.trunks", nn.Module)


def make_trunk(name: str, width: int, vectors: int, layers: int, **settings: Any) -> Any:
    """A registered trunk.

    Raises:
        ValueError: for a name that is not registered, a setting that this trunk does not have, or one that is no trunk.
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
    """The defaults of those of the ``settings`` that a registered trunk has."""
    known = inspect.signature(_registered(name)).parameters
    return {setting: known[setting].default for setting in settings if setting in known}


def check_trunk(trunk: object) -> None:
    """``ValueError`` where a module lacks the attributes of a :class:`Trunk`."""
    for name in ("width", "vectors"):
        if not isinstance(getattr(trunk, name, None), int):
            raise ValueError(
                f"the trunk has no integer attribute {name!r}; give it one (vectors = 0 for scalars alone)."
            )


def atom_features(trunk: nn.Module, z: Tensor, x: Tensor, padding: Padding) -> tuple[Tensor, Tensor]:
    """Scalars ``[N, D]`` and vectors ``[N, 3, V]`` of the atoms of molecules, by any trunk.

    Args:
        trunk: a :class:`Trunk`; one that is a :class:`PaddedTrunk` is asked as such, and as a :class:`SparseTrunk`, if
            it is one, where the molecules are large.
        z: ``[N]``. x: ``[N, 3]`` Å relative to each molecule's origin.
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
