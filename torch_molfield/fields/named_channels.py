"""MiNF's vector-valued fields: channels by element and by property, of a molecule or of the parts of a complex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.elements import PROPERTIES
from torch_molfield.fields.base import Field
from torch_molfield.fields.block import BlockField
from torch_molfield.fields.channels import ALL, OTHERS
from torch_molfield.fields.gaussian import GaussianField
from torch_molfield.fields.property import HYDROPHOBICITY, PropertyField

#: the part of a complex that a hydrophobicity of residues is for
PROTEIN = "protein"


def named_field(
    channels: Sequence[str],
    parts: Mapping[str, Tensor],
    beta: float = 0.75,
    hydrophobicity: Tensor | None = None,
) -> BlockField:
    """A field whose channels are named (Lhotka and Probst 2025): first elements, then properties, for each part.

    Radii and properties are relative to carbon's, as the paper's code has them.

    Args:
        channels: elements, ``"others"``, ``"all"`` (a channel of Gaussians each), properties of
            :class:`PropertyField` (property-scaled Gaussians) and ``"hydrophobicity"`` (Gaussians with that amplitude).
        parts: name -> mask ``[N]`` of its atoms; the name goes before that of the channel. ``""`` is no name.
        beta: scaling factor; the paper takes 0.75 for molecules and 0.25 for complexes.
        hydrophobicity: ``[N]``; of a complex only the protein has this channel.

    Raises:
        ValueError: for a channel that is none of these or named twice, and for hydrophobicity without its values.
    """
    names = tuple(dict.fromkeys(channels))
    elements = [name for name in names if name in SYMBOLS or name in (OTHERS, ALL)]
    properties = [name for name in names if name in PROPERTIES]
    strange = [name for name in names if name not in (*elements, *properties, HYDROPHOBICITY)]
    if strange or not names or len(names) != len(channels):
        raise ValueError(
            f"channels are {', '.join(channels) or 'none'}; give each once, as elements, others, all, "
            f"{', '.join(PROPERTIES)} or {HYDROPHOBICITY}."
        )
    blocks: list[tuple[str, Field, Tensor]] = []
    for part, mask in parts.items():
        atoms = torch.as_tensor(mask).bool()
        if elements:
            ignored = [symbol for symbol in SYMBOLS if symbol not in elements]
            blocks.append((part, GaussianField(beta, elements, relative=True, ignore=ignored), atoms))
        if properties:
            blocks.append((part, PropertyField(properties, beta=beta), atoms))
        if HYDROPHOBICITY in names and part in ("", PROTEIN):
            values = None if hydrophobicity is None else hydrophobicity[atoms]
            field = PropertyField(HYDROPHOBICITY, "amplitude", beta, hydrophobicity=values)
            blocks.append((part, field, atoms))
    return BlockField(blocks)


def complex_field(
    ligand: Tensor,
    beta: float = 0.25,
    elements: Sequence[str] = ("H", "C"),
    properties: Sequence[str] = ("wigner_seitz",),
    hydrophobicity: Tensor | None = None,
) -> BlockField:
    """The field of a complex as in MiNF (Lhotka and Probst 2025): the same channels of the ligand and of the rest.

    By default hydrogen, carbon and the Wigner–Seitz electron density of the ligand and of the protein.

    Args:
        ligand: ``[N]`` mask of the ligand's atoms.
        beta, elements, properties, hydrophobicity: see :func:`named_field`.

    Raises:
        ValueError: if no atom, or every atom, is the ligand's; as :func:`named_field`.
    """
    mask = torch.as_tensor(ligand).bool()
    if mask.all() or not mask.any():
        raise ValueError("ligand must mark some of the atoms and not all; check the ligand's residue name.")
    return named_field((*elements, *properties), {"ligand": mask, PROTEIN: ~mask}, beta, hydrophobicity)
